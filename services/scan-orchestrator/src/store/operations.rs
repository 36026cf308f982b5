//! What the platform's staff see over every organization, each through a SECURITY DEFINER
//! function: keys, numbers and times.

use time::OffsetDateTime;
use wt_model::{Limit, TenantKey};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use super::run::tenant;
use crate::{
    domain::stuck::{SILENCE_SECONDS, WAIT_SECONDS},
    error::ScanFault,
};

/// Jobs of one organization that have not ended.
pub(crate) struct QueueRow {
    pub(crate) tenant_key: String,
    pub(crate) waiting: i64,
    pub(crate) running: i64,
    pub(crate) processing: i64,
    pub(crate) oldest_waiting_at: Option<OffsetDateTime>,
}

/// Organizations with jobs that have not ended, those with most waiting ones first.
pub(crate) async fn queue(tx: &mut PlatformTx, limit: i32) -> Result<Vec<QueueRow>, PgFault> {
    Ok(sqlx::query_as!(
        QueueRow,
        r#"select tenant_key as "tenant_key!", waiting as "waiting!", running as "running!",
                  processing as "processing!", oldest_waiting_at
           from scan.queue_by_organization($1)"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// A worker that holds jobs or that was heard of lately.
pub(crate) struct WorkerRow {
    pub(crate) worker_id: String,
    pub(crate) pool: String,
    pub(crate) jobs: i64,
    pub(crate) heard_at: Option<OffsetDateTime>,
}

/// Workers, those not heard of for longest first.
pub(crate) async fn workers(tx: &mut PlatformTx, limit: i32) -> Result<Vec<WorkerRow>, PgFault> {
    Ok(sqlx::query_as!(
        WorkerRow,
        r#"select worker_id as "worker_id!", pool as "pool!", jobs as "jobs!", heard_at
           from scan.workers_seen($1)"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many runs do not go on.
pub(crate) async fn count_stuck(tx: &mut PlatformTx) -> Result<i64, PgFault> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "runs!"
           from scan.runs_stuck(make_interval(secs => $1), make_interval(secs => $2))"#,
        SILENCE_SECONDS,
        WAIT_SECONDS,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// A run that does not go on.
pub(crate) struct StuckRow {
    pub(crate) tenant_key: String,
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) pool: String,
    pub(crate) problem: String,
    pub(crate) waiting: i64,
    pub(crate) running: i64,
    pub(crate) silent: i64,
    pub(crate) processing: i64,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) deadline_at: OffsetDateTime,
    pub(crate) heard_at: Option<OffsetDateTime>,
}

/// A page of them, oldest first, one row more than the page holds.
pub(crate) async fn stuck(
    tx: &mut PlatformTx,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<StuckRow>, PgFault> {
    let (after_at, after_id) = after.map(Cursor::position).unzip();
    Ok(sqlx::query_as!(
        StuckRow,
        r#"select tenant_key as "tenant_key!", id as "id!", kind as "kind!", state as "state!",
                  pool as "pool!", problem as "problem!", waiting as "waiting!",
                  running as "running!", silent as "silent!", processing as "processing!",
                  created_at as "created_at!", deadline_at as "deadline_at!", heard_at
           from scan.runs_stuck_page(make_interval(secs => $1), make_interval(secs => $2), $3, $4, $5)"#,
        SILENCE_SECONDS,
        WAIT_SECONDS,
        after_at,
        after_id,
        i32::try_from(limit.as_i64() + 1).unwrap_or(i32::MAX),
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Whose run it is, of those that go on.
pub(crate) async fn tenant_of(
    tx: &mut PlatformTx,
    run_id: &str,
) -> Result<Option<TenantKey>, ScanFault> {
    let key = sqlx::query_scalar!("select scan.tenant_of_live_run($1)", run_id)
        .fetch_one(tx.conn())
        .await
        .map_err(PgFault::from)?;
    key.as_deref().map(tenant).transpose()
}

/// A job of a run that has not ended.
pub(crate) struct LiveJob {
    pub(crate) id: String,
    /// Neither dispatched nor heard of for a while.
    pub(crate) is_silent: bool,
}

/// Jobs of a run that have not ended, silent ones first.
pub(crate) async fn live_jobs(
    tx: &mut TenantTx,
    run_id: &str,
    silence_seconds: f64,
) -> Result<Vec<LiveJob>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        LiveJob,
        r#"select id,
                  greatest(dispatched_at, coalesce(heartbeat_at, dispatched_at))
                      < now() - make_interval(secs => $3) as "is_silent!"
           from scan.jobs
           where tenant_key = $1 and run_id = $2 and state in ('queued', 'running', 'processing')
           order by 2 desc, id
           limit 2048"#,
        tenant,
        run_id,
        silence_seconds,
    )
    .fetch_all(tx.conn())
    .await?)
}
