//! `notify.notices`: runs that ended and may be worth telling about.

use std::time::Duration;

use time::OffsetDateTime;
use wt_model::TenantKey;
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::{domain::digest::RunFacts, error::NotifyFault};

/// A notice as it is composed from.
#[derive(Debug, Clone)]
pub(crate) struct NoticeRow {
    /// The run.
    pub(crate) run: RunFacts,
    /// Claims so far, this one included.
    pub(crate) attempts: i32,
}

/// What the consumer keeps of `run.changed`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewNotice<'a> {
    /// `run_…`
    pub(crate) run_id: &'a str,
    /// Contract word.
    pub(crate) run_kind: &'a str,
    /// Contract word.
    pub(crate) profile: &'a str,
    /// Contract word, terminal.
    pub(crate) run_state: &'a str,
    /// Why it ended so.
    pub(crate) reason: &'a str,
    /// When.
    pub(crate) finished_at: OffsetDateTime,
}

/// Keeps a notice unless the run has one; a run ends once.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    notice: NewNotice<'_>,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "insert into notify.notices
             (tenant_key, run_id, run_kind, profile, run_state, reason, finished_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (tenant_key, run_id) do nothing",
        tenant,
        notice.run_id,
        notice.run_kind,
        notice.profile,
        notice.run_state,
        notice.reason,
        notice.finished_at,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes due notices of any organization for `lease`; keys only.
pub(crate) async fn claim(
    tx: &mut PlatformTx,
    limit: i32,
    lease: Duration,
) -> Result<Vec<(TenantKey, String)>, NotifyFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", run_id as "run_id!"
           from notify.claim_notices($1, make_interval(secs => $2))"#,
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
                    format!("notify.notices.tenant_key of {}", row.run_id),
                    error,
                )
            })?;
            Ok((tenant, row.run_id))
        })
        .collect()
}

/// A pending notice; `None` when it was settled meanwhile.
pub(crate) async fn find_pending(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<Option<NoticeRow>, NotifyFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select run_kind, run_state, attempts
         from notify.notices
         where tenant_key = $1 and run_id = $2 and state = 'pending'",
        tenant,
        run_id,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    let Some(row) = row else { return Ok(None) };
    let place = |column: &str| format!("notify.notices.{column} of {run_id}");
    Ok(Some(NoticeRow {
        run: RunFacts {
            run_id: run_id.to_owned(),
            kind: row
                .run_kind
                .parse()
                .map_err(|error| NotifyFault::inconsistent(place("run_kind"), error))?,
            state: row
                .run_state
                .parse()
                .map_err(|error| NotifyFault::inconsistent(place("run_state"), error))?,
        },
        attempts: row.attempts,
    }))
}

/// Ends a pending notice as `composed`, `quiet` or `failed`.
pub(crate) async fn settle(
    tx: &mut TenantTx,
    run_id: &str,
    state: &str,
    error: &str,
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update notify.notices
         set state = $3, last_error = $4
         where tenant_key = $1 and run_id = $2 and state = 'pending'",
        tenant,
        run_id,
        state,
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a pending notice off.
pub(crate) async fn put_off(
    tx: &mut TenantTx,
    run_id: &str,
    wait: Duration,
    error: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update notify.notices
         set next_attempt_at = now() + make_interval(secs => $3), last_error = $4
         where tenant_key = $1 and run_id = $2 and state = 'pending'",
        tenant,
        run_id,
        wait.as_secs_f64(),
        error,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
