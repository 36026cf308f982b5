//! `results.leaves`, all of an organization's.
use wt_ledger::Hash;
use wt_pg::{PgFault, TenantTx};

use crate::error::ResultsFault;

/// The hash of every leaf, in the order of the ledger: 32 bytes each.
pub(crate) async fn list_hashes(tx: &mut TenantTx) -> Result<Vec<Hash>, ResultsFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_scalar!(
        "select hash from results.leaves where tenant_key = $1 order by index",
        tenant,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.iter()
        .map(|hash| {
            Hash::try_from(hash.as_slice())
                .map_err(|error| ResultsFault::inconsistent("results.leaves.hash", error))
        })
        .collect()
}
