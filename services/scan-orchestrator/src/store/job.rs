//! `scan.jobs`: the fence is in these statements (docs/decisions/0002).

use time::OffsetDateTime;
use wt_model::{Limit, TenantKey};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::{domain::end::JobCounts, error::ScanFault, store::run::tenant};

/// A job as people see it.
#[derive(Debug, Clone)]
pub(crate) struct JobRow {
    pub(crate) id: String,
    pub(crate) run_id: String,
    pub(crate) state: String,
    pub(crate) attempt: i32,
    pub(crate) worker_id: String,
    pub(crate) reason: String,
    pub(crate) cells_planned: i64,
    pub(crate) cells_settled: i64,
    pub(crate) hosts: i32,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) started_at: Option<OffsetDateTime>,
    pub(crate) finished_at: Option<OffsetDateTime>,
}

/// A job about to be dispatched.
pub(crate) struct NewJob {
    pub(crate) id: String,
    pub(crate) hosts: i32,
    pub(crate) cells_planned: i64,
    pub(crate) attempt_ceiling: i32,
    pub(crate) authorization_ids: Vec<String>,
    pub(crate) envelope: Vec<u8>,
}

/// Adds a job of a run.
pub(crate) async fn insert(tx: &mut TenantTx, run_id: &str, job: &NewJob) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into scan.jobs
             (tenant_key, id, run_id, state, reason, attempt_ceiling, hosts, cells_planned,
              authorization_ids, envelope)
         values ($1, $2, $3, 'queued', 'planned', $4, $5, $6, $7, $8)",
        tenant,
        job.id,
        run_id,
        job.attempt_ceiling,
        job.hosts,
        job.cells_planned,
        &job.authorization_ids,
        job.envelope,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where a job is and whether somebody works on it, locked.
pub(crate) struct Standing {
    pub(crate) run_id: String,
    pub(crate) state: String,
    pub(crate) attempt: i32,
    pub(crate) attempt_ceiling: i32,
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
        r#"select run_id, state, attempt, attempt_ceiling,
                  (state = 'running' and coalesce(heartbeat_at, started_at, now())
                       > now() - make_interval(secs => $3)) as "leased!"
           from scan.jobs
           where tenant_key = $1 and id = $2
           for update"#,
        tenant,
        id,
        lease_seconds,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Hands out the next attempt of a locked job.
pub(crate) async fn begin_attempt(
    tx: &mut TenantTx,
    id: &str,
    worker_id: &str,
) -> Result<i32, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "update scan.jobs
         set state = 'running', attempt = attempt + 1, worker_id = $3, heartbeat_at = now(),
             started_at = coalesce(started_at, now()),
             reason = 'attempt ' || (attempt + 1) || ' on ' || $3
         where tenant_key = $1 and id = $2 and state in ('queued', 'running')
         returning attempt",
        tenant,
        id,
        worker_id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row.attempt)
}

/// Lets the result of the newest attempt through, and no other; the signed job comes back.
pub(crate) async fn accept(
    tx: &mut TenantTx,
    id: &str,
    attempt: i32,
    cells_settled: i64,
) -> Result<Option<(String, Vec<u8>)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "update scan.jobs
         set state = 'processing', cells_settled = $4, reason = 'result accepted'
         where tenant_key = $1 and id = $2 and attempt = $3 and state = 'running'
         returning run_id, envelope",
        tenant,
        id,
        attempt,
        cells_settled,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.run_id, row.envelope)))
}

/// Keeps the announcement of an accepted result until it is applied.
pub(crate) async fn keep_accepted(
    tx: &mut TenantTx,
    id: &str,
    accepted: &[u8],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.jobs set accepted = $3, heartbeat_at = now()
         where tenant_key = $1 and id = $2",
        tenant,
        id,
        accepted,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Locks the waiting jobs of a run, in one order: jobs are locked before their run everywhere,
/// so that a cancel and a claim never wait for each other.
pub(crate) async fn lock_waiting_of_run(tx: &mut TenantTx, run_id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "select id from scan.jobs
         where tenant_key = $1 and run_id = $2 and state in ('queued', 'running')
         order by id
         for update",
        tenant,
        run_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
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
         set state = 'failed', reason = $4, finished_at = now()
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
         set state = case when $4 then 'completed' else 'failed' end, reason = $5,
             cells_settled = case when $4 then cells_planned else cells_settled end,
             finished_at = now()
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

/// Ends every job of a run that has not reported, as cancelled or failed.
pub(crate) async fn end_waiting_of_run(
    tx: &mut TenantTx,
    run_id: &str,
    state: &str,
    reason: &str,
) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.jobs set state = $3, reason = $4, finished_at = now()
         where tenant_key = $1 and run_id = $2 and state in ('queued', 'running')",
        tenant,
        run_id,
        state,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Runs with jobs that rest on an authorization and have not reported.
pub(crate) async fn runs_resting_on(
    tx: &mut TenantTx,
    authorization_id: &str,
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        "select distinct run_id from scan.jobs
         where tenant_key = $1 and authorization_ids @> array[$2::text]
           and state in ('queued', 'running')
         order by run_id
         limit 1000",
        tenant,
        authorization_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.run_id).collect())
}

/// Cancels the waiting jobs of a run that rest on an authorization.
pub(crate) async fn cancel_resting_on(
    tx: &mut TenantTx,
    run_id: &str,
    authorization_id: &str,
    reason: &str,
) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.jobs set state = 'cancelled', reason = $4, finished_at = now()
         where tenant_key = $1 and run_id = $2 and authorization_ids @> array[$3::text]
           and state in ('queued', 'running')",
        tenant,
        run_id,
        authorization_id,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Where the jobs of a run are.
pub(crate) async fn count(tx: &mut TenantTx, run_id: &str) -> Result<JobCounts, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let counts = sqlx::query_as!(
        JobCounts,
        r#"select count(*) filter (where state in ('queued', 'running')) as "waiting!",
                  count(*) filter (where state = 'processing') as "processing!",
                  count(*) filter (where state = 'completed') as "completed!",
                  count(*) filter (where state = 'failed') as "failed!",
                  count(*) filter (where state = 'cancelled') as "cancelled!"
           from scan.jobs
           where tenant_key = $1 and run_id = $2"#,
        tenant,
        run_id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(counts)
}

/// Notes that workers were heard of; cells never go back.
pub(crate) async fn note_progress(
    tx: &mut TenantTx,
    ids: &[String],
    attempts: &[i32],
    cells: &[i64],
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.jobs j
         set heartbeat_at = now(),
             cells_settled = least(j.cells_planned, greatest(j.cells_settled, n.cells))
         from unnest($2::text[], $3::integer[], $4::bigint[]) as n (id, attempt, cells)
         where j.tenant_key = $1 and j.id = n.id and j.attempt = n.attempt and j.state = 'running'",
        tenant,
        ids,
        attempts,
        cells,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Jobs nobody was heard of, of any organization: keys only (SECURITY DEFINER).
pub(crate) async fn without_progress(
    tx: &mut PlatformTx,
    silence_seconds: f64,
    limit: i32,
) -> Result<Vec<(TenantKey, String)>, ScanFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!", job_id as "job_id!"
           from scan.jobs_without_progress(make_interval(secs => $1), $2)"#,
        silence_seconds,
        limit,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| Ok((tenant(&row.tenant_key)?, row.job_id)))
        .collect()
}

/// A silent job, taken to be dispatched or announced again.
pub(crate) struct Silent {
    pub(crate) envelope: Vec<u8>,
    /// Of a job whose result was accepted and not yet applied.
    pub(crate) accepted: Option<Vec<u8>>,
    /// The number of this dispatch.
    pub(crate) dispatches: i32,
}

/// Takes a silent job; nothing when it was heard of meanwhile.
pub(crate) async fn redispatch(
    tx: &mut TenantTx,
    id: &str,
    silence_seconds: f64,
) -> Result<Option<Silent>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        Silent,
        "update scan.jobs set dispatched_at = now(), dispatches = dispatches + 1
         where tenant_key = $1 and id = $2 and state in ('queued', 'running', 'processing')
           and greatest(dispatched_at, coalesce(heartbeat_at, dispatched_at))
               < now() - make_interval(secs => $3)
         returning envelope, accepted, dispatches",
        tenant,
        id,
        silence_seconds,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// One page of a run's jobs, newest first, one row more than the page holds.
pub(crate) async fn page(
    tx: &mut TenantTx,
    run_id: &str,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<JobRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (after_at, after_id) = after.map(Cursor::position).unzip();
    let rows = sqlx::query_as!(
        JobRow,
        "select id, run_id, state, attempt, worker_id, reason, cells_planned, cells_settled, hosts,
                created_at, started_at, finished_at
         from scan.jobs
         where tenant_key = $1 and run_id = $2
           and ($3::timestamptz is null or (created_at, id) < ($3, $4))
         order by created_at desc, id desc
         limit $5",
        tenant,
        run_id,
        after_at,
        after_id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
