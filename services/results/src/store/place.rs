//! `results.places`: where hosts are.
use wt_pg::{PgFault, TenantTx};

use super::coverage::Source;
use crate::domain::place::Place;

/// Where a host is now.
#[derive(Debug, Clone)]
pub(crate) struct PlaceRow {
    pub(crate) asset_id: String,
    pub(crate) host: String,
    /// Empty when unknown.
    pub(crate) address: String,
}

/// Notes where hosts were seen. What is known and cannot move is not written again.
pub(crate) async fn upsert_all(
    tx: &mut TenantTx,
    places: &[Place],
    source: &Source<'_>,
) -> Result<(), PgFault> {
    if places.is_empty() {
        return Ok(());
    }
    let tenant = tx.tenant_key().to_string();
    let assets: Vec<String> = places.iter().map(|p| p.asset_id.to_string()).collect();
    let hosts: Vec<&str> = places.iter().map(|p| p.host.as_str()).collect();
    let addresses: Vec<&str> = places.iter().map(|p| p.address.as_str()).collect();
    let moves: Vec<bool> = places.iter().map(|p| p.moves).collect();
    sqlx::query!(
        "insert into results.places (tenant_key, asset_id, host, address, run_seq, at)
         select $1, n.asset_id, n.host, n.address, case when n.moves then $2::bigint else 0 end, $3
         from unnest($4::text[], $5::text[], $6::text[], $7::boolean[])
              as n (asset_id, host, address, moves)
         on conflict (tenant_key, asset_id, host, address) do update
         set run_seq = excluded.run_seq, at = excluded.at
         where places.run_seq < excluded.run_seq",
        tenant,
        source.run_seq,
        source.at,
        &assets,
        &hosts as &[&str],
        &addresses as &[&str],
        &moves,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where the hosts of these assets are.
pub(crate) async fn list_by_assets(
    tx: &mut TenantTx,
    assets: &[String],
    limit: i64,
) -> Result<Vec<PlaceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        PlaceRow,
        "select p.asset_id, p.host, p.address from results.places p
         where p.tenant_key = $1 and p.asset_id = any($2)
           and not exists (select from results.places n
                           where n.tenant_key = $1 and n.asset_id = p.asset_id
                             and n.host = p.host and n.run_seq > p.run_seq)
         order by p.asset_id, p.host, p.address
         limit $3",
        tenant,
        assets,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Where these hosts are.
pub(crate) async fn list_by_hosts(
    tx: &mut TenantTx,
    hosts: &[String],
    limit: i64,
) -> Result<Vec<PlaceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        PlaceRow,
        "select p.asset_id, p.host, p.address from results.places p
         where p.tenant_key = $1 and p.host = any($2)
           and not exists (select from results.places n
                           where n.tenant_key = $1 and n.asset_id = p.asset_id
                             and n.host = p.host and n.run_seq > p.run_seq)
         order by p.asset_id, p.host, p.address
         limit $3",
        tenant,
        hosts,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// Which hosts are at these addresses.
pub(crate) async fn list_by_addresses(
    tx: &mut TenantTx,
    addresses: &[String],
    limit: i64,
) -> Result<Vec<PlaceRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        PlaceRow,
        "select p.asset_id, p.host, p.address from results.places p
         where p.tenant_key = $1 and p.address <> '' and p.address = any($2)
           and not exists (select from results.places n
                           where n.tenant_key = $1 and n.asset_id = p.asset_id
                             and n.host = p.host and n.run_seq > p.run_seq)
         order by p.asset_id, p.host, p.address
         limit $3",
        tenant,
        addresses,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}
