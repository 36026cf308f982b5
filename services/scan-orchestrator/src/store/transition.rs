//! `scan.transitions`: written by the database's triggers, only read here.

use time::OffsetDateTime;
use wt_pg::{PgFault, TenantTx};

/// One step of a run or job.
#[derive(Debug, Clone)]
pub(crate) struct TransitionRow {
    pub(crate) job_id: String,
    pub(crate) from_state: String,
    pub(crate) to_state: String,
    pub(crate) cause: String,
    pub(crate) at: OffsetDateTime,
}

/// The first steps of a run and its jobs, oldest first.
pub(crate) async fn list_by_run(
    tx: &mut TenantTx,
    run_id: &str,
    limit: i64,
) -> Result<Vec<TransitionRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        TransitionRow,
        "select job_id, from_state, to_state, cause, at
         from scan.transitions
         where tenant_key = $1 and run_id = $2
         order by seq
         limit $3",
        tenant,
        run_id,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}
