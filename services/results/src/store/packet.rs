//! `results.packets`: bodies that are leaves of the ledger.
use wt_exposure::ExposureKey;
use wt_pg::{PgFault, TenantTx};

/// The packet made from this basis, if there is one: its leaf and body.
pub(crate) async fn find(
    tx: &mut TenantTx,
    key: &ExposureKey,
    basis: &str,
) -> Result<Option<(i64, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select leaf_index, body from results.packets
         where tenant_key = $1 and key = $2 and basis = $3",
        tenant,
        key.as_str(),
        basis,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.leaf_index, row.body)))
}

/// Keeps a packet's body, whose leaf was appended in this transaction.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    key: &ExposureKey,
    basis: &str,
    leaf_index: i64,
    body: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "insert into results.packets (tenant_key, key, basis, leaf_index, body)
         values ($1, $2, $3, $4, $5)",
        tenant,
        key.as_str(),
        basis,
        leaf_index,
        body,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Leaf and body of every packet, by leaf.
pub(crate) async fn list_leaves(tx: &mut TenantTx) -> Result<Vec<(i64, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        "select leaf_index, body from results.packets where tenant_key = $1 order by leaf_index",
        tenant,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| (row.leaf_index, row.body))
        .collect())
}
