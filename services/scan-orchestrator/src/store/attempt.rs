//! Attempts of a job: the fence is in these statements, and once more in the database's triggers
//! (docs/decisions/0002).

use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};

/// Where a job is and whether somebody works on it, locked.
pub(crate) struct Standing {
    pub(crate) run_id: String,
    pub(crate) state: String,
    pub(crate) attempt: i32,
    pub(crate) attempt_ceiling: i32,
    /// Whose workers may take it.
    pub(crate) pool: String,
    /// A worker was heard of within the lease.
    pub(crate) leased: bool,
}

/// Locks a job to hand out an attempt. `lease_seconds` is how long silence is not yet death.
pub(crate) async fn lock(
    tx: &mut TenantTx,
    id: &str,
    lease_seconds: f64,
) -> Result<Option<Standing>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Standing,
        r#"select j.run_id, j.state, j.attempt, j.attempt_ceiling, r.pool,
                  (j.state = 'running' and coalesce(j.heartbeat_at, j.started_at, now())
                       > now() - make_interval(secs => $3)) as "leased!"
           from scan.jobs j
           join scan.runs r on r.tenant_key = $1 and r.id = j.run_id
           where j.tenant_key = $1 and j.id = $2
           for update of j"#,
        tenant,
        id,
        lease_seconds,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// An attempt that was handed out.
pub(crate) struct Begun {
    pub(crate) attempt: i32,
    /// Newest checkpoint of an earlier one; empty for none.
    pub(crate) checkpoint: String,
    /// From the job's planning to this attempt.
    pub(crate) waited_seconds: f64,
}

/// Hands out the next attempt of a locked job.
pub(crate) async fn begin(tx: &mut TenantTx, id: &str, worker_id: &str) -> Result<Begun, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Begun,
        r#"update scan.jobs
           set state = 'running', attempt = attempt + 1, reported_attempt = null, worker_id = $3,
               heartbeat_at = now(), started_at = coalesce(started_at, now()),
               reason = 'attempt ' || (attempt + 1) || ' on ' || $3
           where tenant_key = $1 and id = $2 and state in ('queued', 'running')
           returning attempt, checkpoint,
                     extract(epoch from now() - created_at)::double precision as "waited_seconds!""#,
        tenant,
        id,
        worker_id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row)
}

/// A job whose result was let through, and what its announcement says of its run.
pub(crate) struct Accepted {
    pub(crate) run_id: String,
    pub(crate) envelope: Vec<u8>,
    pub(crate) run_seq: i64,
    pub(crate) run_kind: String,
    pub(crate) profile: String,
    pub(crate) requested_by: String,
    pub(crate) requested_at: OffsetDateTime,
}

/// Lets the result of the newest attempt through, and no other. `announcement` is kept until the
/// result is applied, to be said again.
pub(crate) async fn accept(
    tx: &mut TenantTx,
    id: &str,
    attempt: i32,
    cells_settled: i64,
    announcement: &[u8],
) -> Result<Option<Accepted>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Accepted,
        r#"update scan.jobs j
           set state = 'processing', reported_attempt = $3, accepted = $5, heartbeat_at = now(),
               cells_settled = least(j.cells_planned, $4), reason = 'result accepted'
           from scan.runs r
           where j.tenant_key = $1 and j.id = $2 and j.attempt = $3 and j.state = 'running'
             and r.tenant_key = $1 and r.id = j.run_id
           returning j.run_id, j.envelope, r.seq as run_seq, r.kind as run_kind, r.profile,
                     r.requested_by, r.created_at as requested_at"#,
        tenant,
        id,
        attempt,
        cells_settled,
        announcement,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Ends a job whose attempt is the newest, or that was refused before its first; its run's id
/// comes back, or nothing when the news is stale.
pub(crate) async fn fail(
    tx: &mut TenantTx,
    id: &str,
    attempt: i32,
    reason: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "update scan.jobs
         set state = 'failed', reported_attempt = $3, reason = $4, finished_at = now()
         where tenant_key = $1 and id = $2 and attempt = $3 and state in ('queued', 'running')
         returning run_id",
        tenant,
        id,
        attempt,
        reason,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| row.run_id))
}

/// Ends a job whose result was applied, or refused whole.
pub(crate) async fn finish(
    tx: &mut TenantTx,
    id: &str,
    attempt: i32,
    applied: bool,
    reason: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "update scan.jobs
         set state = case when $4 then 'completed' else 'failed' end, reported_attempt = $3,
             reason = $5, finished_at = now(),
             cells_settled = case when $4 then cells_planned else cells_settled end
         where tenant_key = $1 and id = $2 and attempt = $3 and state = 'processing'
         returning run_id",
        tenant,
        id,
        attempt,
        applied,
        reason,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| row.run_id))
}
