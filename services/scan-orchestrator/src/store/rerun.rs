//! What a run left to do, and which runs repeat which.

use wt_pg::{PgFault, TenantTx};
use wt_proto::scan;

/// The jobs of a run that ended without a result, as they were signed.
pub(crate) async fn without_result(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<Vec<Vec<u8>>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select envelope from scan.jobs
         where tenant_key = $1 and run_id = $2 and state in ('failed', 'cancelled')
         order by id
         limit 2048",
        tenant,
        run_id,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// The run a run repeats the failed parts of, and the newest of those that repeat its own.
pub(crate) async fn links(
    tx: &mut TenantTx,
    run_id: &str,
) -> Result<(Option<scan::RunRef>, Vec<scan::RunRef>), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let repeats = sqlx::query_as!(
        scan::RunRef,
        "select p.id, p.seq, p.state
         from scan.runs r
         join scan.runs p on p.tenant_key = $1 and p.id = r.repeats
         where r.tenant_key = $1 and r.id = $2",
        tenant,
        run_id,
    )
    .fetch_optional(tx.conn())
    .await?;
    let repeated_by = sqlx::query_as!(
        scan::RunRef,
        "select id, seq, state
         from scan.runs
         where tenant_key = $1 and repeats = $2
         order by seq desc
         limit 20",
        tenant,
        run_id,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok((repeats, repeated_by))
}
