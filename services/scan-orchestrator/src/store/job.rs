//! `scan.jobs`: adding, listing and counting them.

use time::OffsetDateTime;
use wt_model::Limit;
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::domain::end::JobCounts;

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
    pub(crate) asset_ids: Vec<String>,
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
    /// Assets and, one for one, the proofs they rest on.
    pub(crate) asset_ids: Vec<String>,
    pub(crate) authorization_ids: Vec<String>,
    pub(crate) envelope: Vec<u8>,
}

/// Adds a job of a run.
pub(crate) async fn insert(tx: &mut TenantTx, run_id: &str, job: &NewJob) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into scan.jobs
             (tenant_key, id, run_id, state, reason, attempt_ceiling, hosts, cells_planned,
              asset_ids, authorization_ids, envelope)
         values ($1, $2, $3, 'queued', 'planned', $4, $5, $6, $7, $8, $9)",
        tenant,
        job.id,
        run_id,
        job.attempt_ceiling,
        job.hosts,
        job.cells_planned,
        &job.asset_ids,
        &job.authorization_ids,
        job.envelope,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
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

/// Hosts of a run, over all of its jobs.
pub(crate) async fn hosts_of_run(tx: &mut TenantTx, run_id: &str) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select coalesce(sum(hosts), 0)::bigint as "hosts!"
           from scan.jobs
           where tenant_key = $1 and run_id = $2"#,
        tenant,
        run_id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row.hosts)
}

/// How many jobs are in each live state, over all organizations (SECURITY DEFINER): no keys.
pub(crate) async fn count_by_state(tx: &mut PlatformTx) -> Result<Vec<(String, i64)>, PgFault> {
    let rows =
        sqlx::query!(r#"select state as "state!", jobs as "jobs!" from scan.jobs_by_state()"#)
            .fetch_all(tx.conn())
            .await?;
    Ok(rows.into_iter().map(|row| (row.state, row.jobs)).collect())
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
                asset_ids, created_at, started_at, finished_at
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
