//! Ending jobs before they report. Jobs are locked before their run and in the order of their
//! ids, everywhere, so that a cancel, a claim and a withdrawal never wait for each other.

use wt_pg::{PgFault, TenantTx};

/// Locks the jobs of a run that have not ended.
pub(crate) async fn lock_live_of_run(tx: &mut TenantTx, run_id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "select id from scan.jobs
         where tenant_key = $1 and run_id = $2 and state in ('queued', 'running', 'processing')
         order by id
         for update",
        tenant,
        run_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(())
}

/// Cancels every job of a run that has not reported.
pub(crate) async fn cancel_waiting_of_run(
    tx: &mut TenantTx,
    run_id: &str,
    reason: &str,
) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.jobs set state = 'cancelled', reason = $3, finished_at = now()
         where tenant_key = $1 and run_id = $2 and state in ('queued', 'running')",
        tenant,
        run_id,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Fails every job of a run that has not ended, also those whose result was not applied.
pub(crate) async fn fail_live_of_run(
    tx: &mut TenantTx,
    run_id: &str,
    reason: &str,
) -> Result<u64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update scan.jobs set state = 'failed', reason = $3, finished_at = now()
         where tenant_key = $1 and run_id = $2 and state in ('queued', 'running', 'processing')",
        tenant,
        run_id,
        reason,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// A job that was cancelled.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cancelled {
    pub(crate) run_id: String,
    pub(crate) id: String,
    /// The pool of its run.
    pub(crate) pool: String,
}

/// Cancels jobs that have not reported and rest on a withdrawn proof, or on an older one of the
/// same asset: those ended with it, because proofs are renewed, never added. At most `limit`.
pub(crate) async fn cancel_resting_on(
    tx: &mut TenantTx,
    asset_id: &str,
    authorization_id: &str,
    reason: &str,
    limit: i64,
) -> Result<Vec<Cancelled>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        Cancelled,
        r#"with resting as (
               select j.id, r.pool from scan.jobs j
               join scan.runs r on r.tenant_key = $1 and r.id = j.run_id
               where j.tenant_key = $1 and j.state in ('queued', 'running')
                 and (j.authorization_ids @> array[$3::text]
                      or (j.asset_ids @> array[$2::text] and exists (
                          select from unnest(j.asset_ids, j.authorization_ids) as r (asset_id, authorization_id)
                          where r.asset_id = $2 and r.authorization_id collate "C" <= $3)))
               order by j.id
               limit $5
               for update of j
           )
           update scan.jobs j set state = 'cancelled', reason = $4, finished_at = now()
           from resting
           where j.tenant_key = $1 and j.id = resting.id
           returning j.run_id, j.id, resting.pool as "pool!""#,
        tenant,
        asset_id,
        authorization_id,
        reason,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
