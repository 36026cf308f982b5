//! `notify.integration_deliveries`: messages to integrations, and what became of them.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::Limit;
use wt_pg::{Cursor, PgFault, TenantTx};

/// Days for which messages that are settled are kept.
const KEPT_DAYS: i32 = 30;

/// A message to be stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewMessage<'a> {
    /// `dlv_…`
    pub(crate) id: &'a str,
    /// Whom it goes to.
    pub(crate) integration: &'a str,
    /// The same for every attempt.
    pub(crate) message_id: &'a str,
    /// The run it is about; none of a test, and of what a person asked for.
    pub(crate) run_id: Option<&'a str>,
    /// The exposure whose issue it is about; none but of a tracker.
    pub(crate) exposure: Option<&'a str>,
    /// What people see of it.
    pub(crate) subject: &'a str,
    /// What is posted.
    pub(crate) body: &'a str,
}

/// A message as people see it.
#[derive(Debug, Clone)]
pub(crate) struct DeliveryRow {
    pub(crate) id: String,
    pub(crate) integration_id: String,
    pub(crate) message_id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) exposure_key: Option<String>,
    pub(crate) subject: String,
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) last_status: i32,
    pub(crate) last_error: String,
    pub(crate) next_attempt_at: OffsetDateTime,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) sent_at: Option<OffsetDateTime>,
}

/// A message that is due.
#[derive(Debug, Clone)]
pub(crate) struct DueRow {
    pub(crate) id: String,
    pub(crate) message_id: String,
    pub(crate) run_id: Option<String>,
    pub(crate) exposure_key: Option<String>,
    pub(crate) body: String,
    pub(crate) attempts: i32,
    pub(crate) created_at: OffsetDateTime,
}

impl DueRow {
    /// Whether somebody sent it to look whether it arrives.
    pub(crate) fn is_test(&self) -> bool {
        self.run_id.is_none() && self.exposure_key.is_none()
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attempted<'a> {
    /// `sent`, `failed`; `pending` to be tried again after `wait`.
    pub(crate) state: &'a str,
    /// What the receiver answered; 0 if it did not.
    pub(crate) status: i32,
    /// What went wrong.
    pub(crate) error: &'a str,
    /// How long until the next attempt.
    pub(crate) wait: Duration,
    /// Whether it counts as an attempt: being asked to wait does not.
    pub(crate) counts: bool,
}

/// Stores a message unless the integration has it already. What is about an exposure does not
/// overtake what waits there about the same one.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    new: NewMessage<'_>,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into notify.integration_deliveries
             (tenant_key, id, integration_id, message_id, run_id, subject, body, exposure_key,
              next_attempt_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8,
             greatest(now(), (select max(w.next_attempt_at)
                              from notify.integration_deliveries w
                              where w.tenant_key = $1 and w.integration_id = $3
                                and w.exposure_key = $8 and w.state = 'pending')))
         on conflict on constraint integration_message_once do nothing",
        tenant,
        new.id,
        new.integration,
        new.message_id,
        new.run_id,
        new.subject,
        new.body,
        new.exposure,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Forgets messages of an integration that were settled long ago.
pub(crate) async fn forget_old(tx: &mut TenantTx, integration: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from notify.integration_deliveries
         where tenant_key = $1 and integration_id = $2 and state <> 'pending'
           and created_at < now() - make_interval(days => $3)",
        tenant,
        integration,
        KEPT_DAYS,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The integration's next due message.
pub(crate) async fn next_due(
    tx: &mut TenantTx,
    integration: &str,
) -> Result<Option<DueRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        DueRow,
        "select id, message_id, run_id, exposure_key, body, attempts, created_at
         from notify.integration_deliveries
         where tenant_key = $1 and integration_id = $2 and state = 'pending'
           and next_attempt_at <= now()
         order by next_attempt_at, created_at, id limit 1",
        tenant,
        integration,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Records an attempt.
pub(crate) async fn attempted(
    tx: &mut TenantTx,
    id: &str,
    now: Attempted<'_>,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integration_deliveries
         set state = $3, attempts = attempts + case when $7 then 1 else 0 end,
             last_status = $4, last_error = $5,
             next_attempt_at = now() + make_interval(secs => $6),
             sent_at = case when $3 = 'sent' then now() end
         where tenant_key = $1 and id = $2 and state = 'pending'",
        tenant,
        id,
        now.state,
        now.status,
        now.error,
        now.wait.as_secs_f64(),
        now.counts,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts off what waits for an integration: everything, or what is about one exposure.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    integration: &str,
    exposure: Option<&str>,
    wait: Duration,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integration_deliveries
         set next_attempt_at = greatest(next_attempt_at, now() + make_interval(secs => $4))
         where tenant_key = $1 and integration_id = $2 and state = 'pending'
           and ($3::text is null or exposure_key = $3)",
        tenant,
        integration,
        exposure,
        wait.as_secs_f64(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Ends what waits for an integration that is off; tests go their way.
pub(crate) async fn drop_waiting(
    tx: &mut TenantTx,
    integration: &str,
    why: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integration_deliveries set state = 'failed', last_error = $3
         where tenant_key = $1 and integration_id = $2 and state = 'pending'
           and (run_id is not null or exposure_key is not null)",
        tenant,
        integration,
        why,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a settled message due again; one that is pending stays as it is. `None`: there is none.
pub(crate) async fn replay(
    tx: &mut TenantTx,
    integration: &str,
    id: &str,
) -> Result<Option<DeliveryRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.integration_deliveries
         set state = 'pending', sent_at = null, attempts = 0, next_attempt_at = now()
         where tenant_key = $1 and integration_id = $2 and id = $3 and state <> 'pending'",
        tenant,
        integration,
        id,
    )
    .execute(tx.conn())
    .await?;
    find(tx, integration, id).await
}

/// One message of an integration.
pub(crate) async fn find(
    tx: &mut TenantTx,
    integration: &str,
    id: &str,
) -> Result<Option<DeliveryRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, integration_id, message_id, run_id, exposure_key, subject, state, attempts, last_status,
                last_error, next_attempt_at, created_at, sent_at
         from notify.integration_deliveries
         where tenant_key = $1 and integration_id = $2 and id = $3",
        tenant,
        integration,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// A page of an integration's messages, newest first, with one row more than asked for.
pub(crate) async fn page(
    tx: &mut TenantTx,
    integration: &str,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<DeliveryRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (at, id) = after.map(Cursor::position).unzip();
    Ok(sqlx::query_as!(
        DeliveryRow,
        "select id, integration_id, message_id, run_id, exposure_key, subject, state, attempts, last_status,
                last_error, next_attempt_at, created_at, sent_at
         from notify.integration_deliveries
         where tenant_key = $1 and integration_id = $2
           and ($3::timestamptz is null or (created_at, id) < ($3, $4))
         order by created_at desc, id desc
         limit $5",
        tenant,
        integration,
        at,
        id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?)
}
