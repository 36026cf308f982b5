//! `results.looks`: when a host was last seen as it is known.
use time::OffsetDateTime;
use wt_exposure::ExposureKey;
use wt_model::AssetId;
use wt_pg::{PgFault, TenantTx};

use super::coverage::Source;

/// Notes hosts whose every open exposure was seen; a later run's note stays.
pub(crate) async fn upsert_all(
    tx: &mut TenantTx,
    hosts: &[(AssetId, String)],
    source: &Source<'_>,
) -> Result<(), PgFault> {
    if hosts.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let (assets, names): (Vec<String>, Vec<String>) = hosts
        .iter()
        .map(|(asset, host)| (asset.to_string(), host.clone()))
        .unzip();
    sqlx::query!(
        "insert into results.looks (tenant_key, asset_id, host, run_seq, run_id, at)
         select $1, n.asset_id, n.host, $2, $3, $4
         from unnest($5::text[], $6::text[]) as n (asset_id, host)
         on conflict (tenant_key, asset_id, host) do update
         set run_seq = excluded.run_seq, run_id = excluded.run_id, at = excluded.at
         where looks.run_seq < excluded.run_seq",
        tenant,
        source.run_seq,
        source.run_id,
        source.at,
        &assets,
        &names,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Writes the time onto exposures of hosts that were looked at only in part.
pub(crate) async fn touch(
    tx: &mut TenantTx,
    keys: &[&ExposureKey],
    run_id: &str,
    at: OffsetDateTime,
) -> Result<(), PgFault> {
    if keys.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    sqlx::query!(
        "update results.exposures set last_seen = $3, last_run_id = $4
         where tenant_key = $1 and key = any($2) and last_seen < $3",
        tenant,
        &keys,
        at,
        run_id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
