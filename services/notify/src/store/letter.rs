//! `notify.letters`: mails to one person about themselves, emptied when they are done with.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::TenantKey;
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::{channel::email::Mail, domain::address::MailAddress, error::NotifyFault};

/// A letter to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewLetter<'a> {
    /// The id of the message that asked for it.
    pub(crate) id: &'a str,
    /// What it is about, in a word.
    pub(crate) kind: &'a str,
    /// Whom it goes to.
    pub(crate) recipient: &'a MailAddress,
    /// Header line.
    pub(crate) subject: &'a str,
    /// `text/plain` body.
    pub(crate) text: &'a str,
    /// `text/html` body.
    pub(crate) html: &'a str,
    /// When its link ends.
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// A letter that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct PendingLetter {
    /// The mail itself.
    pub(crate) mail: Mail,
    /// Claims so far.
    pub(crate) attempts: i32,
    /// When it is no use any more.
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// Stores a letter; one that is there stays as it is.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    new: NewLetter<'_>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into notify.letters
             (tenant_key, id, kind, recipient, subject, body_text, body_html, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict do nothing",
        tenant,
        new.id,
        new.kind,
        new.recipient.as_str(),
        new.subject,
        new.text,
        new.html,
        new.expires_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Takes due letters of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, String)>, NotifyFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from notify.claim_letters($1, make_interval(secs => $2))"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let tenant = row.tenant_key.parse().map_err(|error| {
                NotifyFault::inconsistent(format!("notify.letters.tenant_key of {}", row.id), error)
            })?;
            Ok((tenant, row.id))
        })
        .collect()
}

/// A pending letter; `None` when it was settled meanwhile.
pub(crate) async fn find_pending(
    tx: &mut TenantTx,
    id: &str,
) -> Result<Option<PendingLetter>, NotifyFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select recipient, subject, body_text, body_html, created_at, attempts, expires_at
         from notify.letters
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let Some(row) = row else { return Ok(None) };
    let recipient = row.recipient.parse().map_err(|error| {
        NotifyFault::inconsistent(format!("notify.letters.recipient of {id}"), error)
    })?;
    Ok(Some(PendingLetter {
        mail: Mail {
            about: id.to_owned(),
            recipient,
            subject: row.subject,
            text: row.body_text,
            html: row.body_html,
            composed_at: row.created_at,
        },
        attempts: row.attempts,
        expires_at: row.expires_at,
    }))
}

/// Ends a letter: sent without an `error`, failed with one. Its text goes either way.
pub(crate) async fn settle(
    tx: &mut TenantTx,
    id: &str,
    error: Option<&str>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.letters
         set state = case when $3::text is null then 'sent' else 'failed' end,
             sent_at = case when $3::text is null then now() end,
             last_error = coalesce($3, ''), body_text = '', body_html = ''
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts a pending letter off.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    id: &str,
    wait: Duration,
    error: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.letters
         set next_attempt_at = now() + make_interval(secs => $3), last_error = $4
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
        wait.as_secs_f64(),
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
