//! Mails a single-use link: the token is in the mail and nowhere else.

use time::OffsetDateTime;
use wt_model::MailKind;
use wt_pg::TenantTx;

use crate::{
    domain::mail_link::{MAILS_PER_HOUR_MAX, Purpose},
    error::TenantFault,
    issue, mail,
    store::{self, mail_link::NewLink, user::UserRow},
};

/// Enqueues the mail, unless the person was sent enough of them.
pub(crate) async fn send(
    tx: &mut TenantTx,
    user: &UserRow,
    purpose: Purpose,
) -> Result<(), TenantFault> {
    send_as(tx, user, purpose, purpose.mail()).await
}

/// The same in other words.
pub(crate) async fn send_as(
    tx: &mut TenantTx,
    user: &UserRow,
    purpose: Purpose,
    kind: MailKind,
) -> Result<(), TenantFault> {
    let word = purpose.as_str();
    let sent = store::mail_link::sent_in_the_last_hour(tx.conn(), &user.id, word).await?;
    if sent >= MAILS_PER_HOUR_MAX {
        tracing::info!(user_id = %user.id, mail.kind = word, "no more mails to this person this hour");
        return Ok(());
    }
    let token = issue::secret();
    let new = NewLink {
        token_hash: &issue::secret_hash(&token),
        user_id: &user.id,
        purpose: word,
        email: &user.email,
        expires_at: purpose.expires_at(OffsetDateTime::now_utc()),
    };
    store::mail_link::insert(tx.conn(), &new).await?;
    let link = purpose.path(&token);
    mail::enqueue(tx, kind, user, &link, new.expires_at).await
}
