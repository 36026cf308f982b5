//! What stands in an address at which one form of one report is fetched without a session: whose, which,
//! until when, and a signature over that. It names nobody and opens nothing else.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use time::{Duration, OffsetDateTime};
use wt_model::{ReportId, TenantKey};

use super::form::Form;

/// How long a ticket opens something: long enough to be followed at once, on a slow phone too; too short to
/// be worth keeping or passing on.
pub(crate) const TICKET_TTL: Duration = Duration::minutes(5);
/// Longest ticket read; real ones have some 160 bytes.
const TICKET_BYTES_MAX: usize = 256;
/// Goes before everything that is signed here. The key signs tokens as well (RFC 7515); those begin
/// with the Base64 of `{`, so that neither is ever the other.
const PURPOSE: &str = "watchtower report ticket 1\n";

/// One form of one report, for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Whose.
    pub(crate) tenant: TenantKey,
    /// Which.
    pub(crate) report: ReportId,
    /// In which form.
    pub(crate) form: Form,
    /// When it ends, seconds since 1970.
    pub(crate) until: i64,
}

impl Ticket {
    /// A ticket from `now` on.
    pub(crate) fn of(tenant: TenantKey, report: ReportId, form: Form, now: OffsetDateTime) -> Self {
        Self {
            tenant,
            report,
            form,
            until: (now + TICKET_TTL).unix_timestamp(),
        }
    }

    /// The bytes to sign.
    pub(crate) fn signed(&self) -> Vec<u8> {
        format!("{PURPOSE}{}", self.claim()).into_bytes()
    }

    /// The ticket as it stands in an address.
    pub(crate) fn with(&self, signature: &[u8]) -> String {
        format!("{}.{}", self.claim(), URL_SAFE_NO_PAD.encode(signature))
    }

    /// Reads what stands in an address; the signature is not checked yet. What could be written in
    /// another way is none, so that each ticket has one text.
    pub(crate) fn read(text: &str) -> Option<(Self, Vec<u8>)> {
        if text.len() > TICKET_BYTES_MAX {
            return None;
        }
        let mut parts = text.split('.');
        let (tenant, report, form, until, signature) = (
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
            parts.next()?,
        );
        let ticket = Self {
            tenant: tenant.parse().ok()?,
            report: report.parse().ok()?,
            form: Form::of(form)?,
            until: until.parse().ok()?,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        (ticket.with(&signature) == text).then_some((ticket, signature))
    }

    /// Whether it has ended, or lives longer than any that was made here.
    pub(crate) fn is_over(&self, now: OffsetDateTime) -> bool {
        let now = now.unix_timestamp();
        self.until <= now || self.until > now.saturating_add(TICKET_TTL.whole_seconds())
    }

    fn claim(&self) -> String {
        let Self {
            tenant,
            report,
            form,
            until,
        } = self;
        format!("{tenant}.{report}.{}.{until}", form.as_str())
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{TICKET_TTL, Ticket};
    use crate::domain::form::Form;

    fn ticket(form: Form) -> Ticket {
        Ticket::of(
            "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            "rep_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            form,
            OffsetDateTime::UNIX_EPOCH + Duration::days(20_000),
        )
    }

    #[test]
    fn a_ticket_is_read_as_it_was_written_and_in_no_other_way() {
        for form in Form::ALL {
            let ticket = ticket(form);
            let text = ticket.with(&[7; 64]);
            assert_eq!(Ticket::read(&text), Some((ticket, vec![7; 64])));
            assert!(text.len() < 200 && text.bytes().all(|byte| byte.is_ascii_graphic()));
            for other in [
                format!("{text}="),
                format!("{text}."),
                format!("{text}.x"),
                format!(" {text}"),
                text.to_lowercase(),
                text.replace(".17", ".+17"),
                text.replace(".17", ".017"),
                text.replace("org_", "usr_"),
                "x".repeat(1_000),
                String::new(),
            ] {
                assert!(Ticket::read(&other).is_none(), "{other}");
            }
        }
    }

    #[test]
    fn what_is_signed_tells_every_ticket_apart() {
        let one = ticket(Form::Pdf);
        let later = Ticket {
            until: one.until + 1,
            ..one
        };
        let other = ticket(Form::Html);
        assert_ne!(one.signed(), later.signed());
        assert_ne!(one.signed(), other.signed());
        assert!(one.signed().starts_with(b"watchtower report ticket 1\n"));
    }

    #[test]
    fn a_ticket_ends_and_none_lives_longer_than_those_made_here() {
        let made = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let ticket = ticket(Form::Pdf);
        assert!(!ticket.is_over(made));
        assert!(!ticket.is_over(made + TICKET_TTL - Duration::SECOND));
        assert!(ticket.is_over(made + TICKET_TTL));
        assert!(ticket.is_over(made - Duration::SECOND));
    }
}
