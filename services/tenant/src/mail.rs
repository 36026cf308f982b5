//! Mails to one person about themselves: enqueued here, rendered and sent by notify.

use time::OffsetDateTime;
use wt_model::MailKind;
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, event};

use crate::{error::TenantFault, store::user::UserRow};

/// Enqueues a mail with a link that ends.
pub(crate) async fn enqueue(
    tx: &mut TenantTx,
    kind: MailKind,
    user: &UserRow,
    link: &str,
    expires_at: OffsetDateTime,
) -> Result<(), TenantFault> {
    let mail = event::TenantMail {
        kind: kind.to_string(),
        recipient: user.email.clone(),
        display_name: user.display_name.clone(),
        link: link.to_owned(),
        expires_at: Some(to_timestamp(expires_at)),
        ..Default::default()
    };
    wt_outbox::enqueue(tx, &mail).await?;
    Ok(())
}

/// Enqueues a mail that says what happened to the account.
pub(crate) async fn tell(
    tx: &mut TenantTx,
    kind: MailKind,
    user: &UserRow,
    link: &str,
    expires_at: OffsetDateTime,
    what: &str,
) -> Result<(), TenantFault> {
    let mail = event::TenantMail {
        kind: kind.to_string(),
        recipient: user.email.clone(),
        display_name: user.display_name.clone(),
        link: link.to_owned(),
        expires_at: Some(to_timestamp(expires_at)),
        reason: what.to_owned(),
        ..Default::default()
    };
    wt_outbox::enqueue(tx, &mail).await?;
    Ok(())
}
