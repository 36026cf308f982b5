//! `scan.withdrawals`: which proofs are known to be withdrawn, for requests that asked before.

use wt_pg::{PgFault, TenantTx};

/// Remembers that a proof of an asset was withdrawn, unless a newer one is remembered.
pub(crate) async fn remember(
    tx: &mut TenantTx,
    asset_id: &str,
    authorization_id: &str,
) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        r#"insert into scan.withdrawals as w (tenant_key, asset_id, authorization_id)
           values ($1, $2, $3)
           on conflict (tenant_key, asset_id) do update
           set authorization_id = excluded.authorization_id, withdrawn_at = now()
           where w.authorization_id collate "C" < excluded.authorization_id"#,
        tenant,
        asset_id,
        authorization_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Which of these assets rest on a proof that was withdrawn, or on an older one.
pub(crate) async fn among(
    tx: &mut TenantTx,
    asset_ids: &[String],
    authorization_ids: &[String],
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select w.asset_id
           from unnest($2::text[], $3::text[]) as r (asset_id, authorization_id)
           join scan.withdrawals w on w.tenant_key = $1 and w.asset_id = r.asset_id
           where r.authorization_id collate "C" <= w.authorization_id"#,
        tenant,
        asset_ids,
        authorization_ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.asset_id).collect())
}
