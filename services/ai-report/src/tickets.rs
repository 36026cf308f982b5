//! Signs tickets, and knows those it signed.

use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use time::OffsetDateTime;
use wt_auth::SigningKey;

use crate::{domain::ticket::Ticket, error::ReportFault};

/// The service's own key; every replica has the same. Signatures of Ed25519 are the same each time (RFC
/// 8032 §5.1.6), so that who has the key checks one by making it again.
#[derive(Debug, Clone)]
pub(crate) struct Tickets(Arc<SigningKey>);

impl Tickets {
    /// Signs with this key.
    pub(crate) fn new(key: SigningKey) -> Self {
        Self(Arc::new(key))
    }

    /// The ticket as it stands in an address.
    pub(crate) fn sign(&self, ticket: &Ticket) -> String {
        ticket.with(&self.0.sign(&ticket.signed()))
    }

    /// The ticket that was shown.
    ///
    /// # Errors
    /// [`ReportFault::DownloadOver`] for what was not signed here or has ended; which is not told.
    pub(crate) fn open(&self, text: &str, now: OffsetDateTime) -> Result<Ticket, ReportFault> {
        let (ticket, signature) = Ticket::read(text).ok_or(ReportFault::DownloadOver)?;
        verify_slices_are_equal(&signature, &self.0.sign(&ticket.signed()))
            .map_err(|_unequal| ReportFault::DownloadOver)?;
        if ticket.is_over(now) {
            return Err(ReportFault::DownloadOver);
        }
        Ok(ticket)
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;
    use wt_auth::SigningKey;

    use super::Tickets;
    use crate::domain::{
        form::Form,
        ticket::{TICKET_TTL, Ticket},
    };

    #[test]
    fn a_ticket_opens_until_it_ends_and_not_with_a_byte_changed_or_by_another_key() {
        let tickets = Tickets::new(SigningKey::generate().unwrap());
        let now = OffsetDateTime::now_utc();
        let ticket = Ticket::of(
            "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            Form::Pdf,
            now,
        );
        let text = tickets.sign(&ticket);
        assert_eq!(tickets.open(&text, now).unwrap(), ticket);
        assert!(tickets.open(&text, now + TICKET_TTL).is_err());
        let others = Tickets::new(SigningKey::generate().unwrap());
        assert!(others.open(&text, now).is_err());
        for at in 0..text.len() {
            for byte in [b'0', b'1', b'A', b'B', b'.', b'_', b'g', b'w'] {
                let mut changed = text.clone().into_bytes();
                if changed[at] == byte {
                    continue;
                }
                changed[at] = byte;
                let changed = String::from_utf8(changed).unwrap();
                assert!(tickets.open(&changed, now).is_err(), "byte {at}: {changed}");
            }
        }
    }
}
