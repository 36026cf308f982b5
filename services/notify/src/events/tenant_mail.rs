//! Somebody is to get a mail about themselves.

use std::sync::Arc;

use tokio::sync::Notify;
use wt_bus::{Delivery, Handler, Outcome};
use wt_fault::chain;
use wt_pg::Pool;
use wt_proto::{convert::from_timestamp, event, stream::NOTIFY_MAIL};

use crate::{
    channel::render::Renderer,
    domain::{
        address::MailAddress,
        letter::{self, Occasion},
    },
    error::NotifyFault,
    store::{self, letter::NewLetter},
};

/// Writes letters and keeps them until they are sent.
pub(crate) struct TenantMail {
    /// This service's rows.
    pub(crate) pool: Pool,
    /// Writes the bodies.
    pub(crate) renderer: Arc<Renderer>,
    /// Wakes who sends them.
    pub(crate) wake: Arc<Notify>,
}

impl Handler for TenantMail {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        let mail = match delivery.payload::<event::TenantMail>() {
            Ok(mail) => mail,
            Err(error) => {
                return Outcome::Reject {
                    cause: error.to_string(),
                };
            }
        };
        let (occasion, recipient) = match read(mail) {
            Ok(read) => read,
            // Nothing a repetition would change. The message is not repeated in the cause: it
            // holds a secret.
            Err(fault) => {
                return Outcome::Reject {
                    cause: chain(&fault),
                };
            }
        };
        Outcome::of(self.keep(&delivery, &occasion, &recipient).await)
    }
}

impl TenantMail {
    async fn keep(
        &self,
        delivery: &Delivery,
        occasion: &Occasion,
        recipient: &MailAddress,
    ) -> Result<(), NotifyFault> {
        let letter = letter::write(occasion);
        let body = self.renderer.letter(&letter)?;
        let mut tx = self.pool.begin(&delivery.principal, "keep_letter").await?;
        if !wt_outbox::first_time(&mut tx, NOTIFY_MAIL.name, delivery.message_id()).await? {
            return Ok(());
        }
        let new = NewLetter {
            id: delivery.message_id(),
            kind: occasion.kind.as_str(),
            recipient,
            subject: &letter.subject,
            text: &body.text,
            html: &body.html,
            expires_at: occasion.expires_at,
        };
        store::letter::insert_unless_present(&mut tx, new).await?;
        tx.commit().await?;
        self.wake.notify_one();
        Ok(())
    }
}

fn read(mail: event::TenantMail) -> Result<(Occasion, MailAddress), NotifyFault> {
    let kind = mail
        .kind
        .parse()
        .map_err(|error| NotifyFault::field("kind", error))?;
    let recipient = mail
        .recipient
        .parse()
        .map_err(|error| NotifyFault::field("recipient", error))?;
    let link = letter::checked_link(&mail.link)
        .map_err(|error| NotifyFault::field("link", error))?
        .to_owned();
    let occasion = Occasion {
        kind,
        display_name: mail.display_name,
        organization: mail.organization,
        actor: mail.actor,
        reason: mail.reason,
        link,
        expires_at: from_timestamp(mail.expires_at.as_ref()),
    };
    Ok((occasion, recipient))
}
