//! Private pools: workers of an organization's own, for itself and those below it.
//!
//! Who sees runs sees the pools; who may change the organization changes its own. Those of an
//! organization above are used, never changed, from below.

use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, PoolId, Principal, TypedId};
use wt_pg::TenantTx;
use wt_plan::{Usage, admit_pool};
use wt_proto::{convert::to_timestamp, scan, stream, subject};

use super::Api;
use crate::{
    domain::pool::read_name,
    error::ScanFault,
    store::{
        self,
        pool::{OwnPool, PoolRow},
    },
    wire,
};

/// Own pools and those of the organizations above.
pub(super) async fn list_pools(
    api: &Api,
    principal: &Principal,
) -> Result<scan::ListPoolsResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let told = api.standings.of(principal).await?;
    let mut tx = api.pool.begin_read(principal, "list_pools").await?;
    let rows = store::pool::seen(&mut tx, &told.above).await?;
    let used = store::pool::count(&mut tx, told.root).await?;
    tx.commit().await?;
    Ok(scan::ListPoolsResponse {
        pools: rows.into_iter().map(shown).collect(),
        used: count(used),
        included: told.standing.plan.included().private_pools,
    })
}

/// Makes a pool, if the plan includes one more.
pub(super) async fn create_pool(
    api: &Api,
    principal: &Principal,
    request: scan::CreatePoolRequest,
) -> Result<scan::CreatePoolResponse, ScanFault> {
    may(principal, Permission::OrganizationWrite)?;
    let name = read_name(&request.name)?;
    let told = api.standings.of(principal).await?;
    let mut tx = api.pool.begin(principal, "create_pool").await?;
    let usage = Usage {
        private_pools: count(store::pool::hold_count(&mut tx, told.root).await?),
        ..Usage::default()
    };
    admit_pool(&told.standing, usage)?;
    if request.is_default {
        store::pool::clear_default(&mut tx).await?;
    }
    let id = PoolId::from_ulid(Ulid::generate());
    let row = store::pool::insert(&mut tx, id, told.root, &name, request.is_default)
        .await?
        .ok_or(ScanFault::PoolNameTaken)?;
    wt_audit::record(&mut tx, "pool.create", &row.id, None, Some(&said(&row))).await?;
    let pool = find(&mut tx, &row.id).await?;
    tx.commit().await?;
    Ok(scan::CreatePoolResponse { pool: Some(pool) })
}

/// Renames a pool, or makes it the default or not.
pub(super) async fn update_pool(
    api: &Api,
    principal: &Principal,
    request: scan::UpdatePoolRequest,
) -> Result<scan::UpdatePoolResponse, ScanFault> {
    may(principal, Permission::OrganizationWrite)?;
    let name = read_name(&request.name)?;
    let mut tx = api.pool.begin(principal, "update_pool").await?;
    let before = lock(&mut tx, &request.pool_id).await?;
    if request.version > 0 && i64::try_from(request.version) != Ok(before.version) {
        return Err(ScanFault::Stale);
    }
    if request.is_default && !before.is_default {
        store::pool::clear_default(&mut tx).await?;
    }
    let row = store::pool::update(&mut tx, &before.id, &name, request.is_default)
        .await?
        .ok_or(ScanFault::PoolNameTaken)?;
    let (told, tells) = (said(&before), said(&row));
    wt_audit::record(&mut tx, "pool.change", &row.id, Some(&told), Some(&tells)).await?;
    let pool = find(&mut tx, &row.id).await?;
    tx.commit().await?;
    Ok(scan::UpdatePoolResponse { pool: Some(pool) })
}

/// Removes a pool nothing rests on.
pub(super) async fn delete_pool(
    api: &Api,
    principal: &Principal,
    request: scan::DeletePoolRequest,
) -> Result<scan::DeletePoolResponse, ScanFault> {
    may(principal, Permission::OrganizationWrite)?;
    let mut tx = api.pool.begin(principal, "delete_pool").await?;
    // Locked: a run that is being requested has the pool, and is found below, or finds none.
    let row = lock(&mut tx, &request.pool_id).await?;
    if row.is_default {
        // Every asset whose scan names no pool rests on it.
        return Err(ScanFault::PoolIsDefault);
    }
    let (own, others) = store::pool::runs_of(&mut tx, &row.id).await?;
    if !own.is_empty() || others > 0 {
        return Err(ScanFault::PoolInUse {
            by: in_use(&own, others),
        });
    }
    store::pool::delete(&mut tx, &row.id).await?;
    wt_audit::record(&mut tx, "pool.remove", &row.id, Some(&said(&row)), None).await?;
    tx.commit().await?;
    retire(api, &row.id).await;
    Ok(scan::DeletePoolResponse {})
}

/// Takes what is left of the pool off the bus. It is committed: what stays there hurts nobody.
async fn retire(api: &Api, id: &str) {
    let Ok(id) = id.parse::<PoolId>() else { return };
    let consumer = stream::pool_consumer_name(id);
    let subject = subject::scan_requested(wt_model::Pool::Private(id));
    let retired = api
        .bus
        .retire(&stream::SCAN_JOBS, &consumer, &subject)
        .await;
    if let Err(fault) = retired {
        tracing::warn!(pool = %id, error = %wt_fault::chain(&fault), "left on the bus");
    }
}

/// One of the organization's own pools, locked.
async fn lock(tx: &mut TenantTx, id: &str) -> Result<OwnPool, ScanFault> {
    // An id that cannot exist and one that does not are the same to the caller.
    let id: PoolId = id.parse().map_err(|_| ScanFault::PoolUnknown)?;
    store::pool::lock(tx, id)
        .await?
        .ok_or(ScanFault::PoolUnknown)
}

/// One of the organization's own pools, as people see it.
async fn find(tx: &mut TenantTx, id: &str) -> Result<scan::Pool, ScanFault> {
    let own = [tx.tenant_key()];
    let rows = store::pool::seen(tx, &own).await?;
    rows.into_iter()
        .find(|row| row.id == id)
        .map(shown)
        .ok_or(ScanFault::PoolUnknown)
}

fn in_use(own: &[String], others: i64) -> String {
    let own = own.join(", ");
    match (own.is_empty(), others) {
        (false, 0) => own,
        (false, others) => format!("{own} and {others} of organizations below"),
        (true, others) => format!("{others} of organizations below"),
    }
}

fn said(row: &OwnPool) -> serde_json::Value {
    serde_json::json!({ "name": row.name, "is_default": row.is_default })
}

fn shown(row: PoolRow) -> scan::Pool {
    scan::Pool {
        id: row.id,
        name: row.name,
        is_default: row.is_default,
        tenant_key: row.tenant_key,
        version: u64::try_from(row.version).unwrap_or_default(),
        created_at: Some(to_timestamp(row.created_at)),
        last_heard_at: row.last_heard_at.map(to_timestamp),
        workers: count(row.workers),
        waiting_jobs: u64::try_from(row.waiting).unwrap_or_default(),
    }
}

fn count(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// Reads the pool a request names.
pub(super) fn named(text: &str) -> Result<Option<wt_model::Pool>, ScanFault> {
    wire::optional("pool", text)
}
