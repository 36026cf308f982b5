//! `notify.deliveries`: one message to one recipient, and what became of it.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::{Limit, TenantKey};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::{channel::email::Mail, domain::address::MailAddress, error::NotifyFault};

/// A message to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewDelivery<'a> {
    /// `dlv_…`
    pub(crate) id: &'a str,
    /// The run it is about.
    pub(crate) run_id: &'a str,
    /// Whom it goes to.
    pub(crate) recipient: &'a MailAddress,
    /// Header line.
    pub(crate) subject: &'a str,
    /// `text/plain` body.
    pub(crate) text: &'a str,
    /// `text/html` body.
    pub(crate) html: &'a str,
}

/// A delivery as people see it.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryRow {
    pub(crate) id: String,
    pub(crate) run_id: String,
    pub(crate) channel: String,
    pub(crate) recipient: String,
    pub(crate) state: String,
    pub(crate) subject: String,
    pub(crate) attempts: i32,
    pub(crate) last_error: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) sent_at: Option<OffsetDateTime>,
}

/// Stores a message unless this run has one for this recipient already.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    new: NewDelivery<'_>,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into notify.deliveries
             (tenant_key, id, run_id, channel, recipient, subject, body_text, body_html)
         values ($1, $2, $3, 'email', $4, $5, $6, $7)
         on conflict on constraint delivery_once do nothing",
        tenant,
        new.id,
        new.run_id,
        new.recipient.as_str(),
        new.subject,
        new.text,
        new.html,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes due deliveries of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, String)>, NotifyFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", id as "id!"
           from notify.claim_deliveries($1, make_interval(secs => $2))"#,
        limit,
        lease.as_secs_f64(),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            let tenant = row.tenant_key.parse().map_err(|error| {
                NotifyFault::inconsistent(
                    format!("notify.deliveries.tenant_key of {}", row.id),
                    error,
                )
            })?;
            Ok((tenant, row.id))
        })
        .collect()
}

/// A pending delivery's mail and its claims so far; `None` when it was settled meanwhile.
pub(crate) async fn find_pending(
    tx: &mut TenantTx,
    id: &str,
) -> Result<Option<(Mail, i32)>, NotifyFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select run_id, recipient, subject, body_text, body_html, created_at, attempts
         from notify.deliveries
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let Some(row) = row else { return Ok(None) };
    let recipient = row.recipient.parse().map_err(|error| {
        NotifyFault::inconsistent(format!("notify.deliveries.recipient of {id}"), error)
    })?;
    let mail = Mail {
        about: row.run_id,
        recipient,
        subject: row.subject,
        text: row.body_text,
        html: row.body_html,
        composed_at: row.created_at,
    };
    Ok(Some((mail, row.attempts)))
}

/// The server took the mail.
pub(crate) async fn mark_sent(tx: &mut TenantTx, id: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update notify.deliveries
         set state = 'sent', sent_at = now(), last_error = ''
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// It will never arrive.
pub(crate) async fn mark_failed(tx: &mut TenantTx, id: &str, error: &str) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update notify.deliveries
         set state = 'failed', last_error = $3
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a pending delivery off.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    id: &str,
    wait: Duration,
    error: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.deliveries
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

/// A page of deliveries, newest first, with one row more than asked for.
pub(crate) async fn page(
    tx: &mut TenantTx,
    run_id: Option<&str>,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<DeliveryRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (at, id) = after.map(Cursor::position).unzip();
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, run_id, channel, recipient, state, subject, attempts, last_error,
                created_at, sent_at
         from notify.deliveries
         where tenant_key = $1
           and ($2::text is null or run_id = $2)
           and ($3::timestamptz is null or (created_at, id) < ($3, $4))
         order by created_at desc, id desc
         limit $5",
        tenant,
        run_id,
        at,
        id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}
