//! `scan.pools` and `scan.pool_workers`: private pools and which workers were heard of.

use time::OffsetDateTime;
use wt_model::{PoolId, TenantKey};
use wt_pg::{PgFault, PlatformTx, TenantTx};

use crate::domain::pool::Heard;

/// A pool the caller may use.
#[derive(Debug, Clone)]
pub(crate) struct PoolRow {
    pub(crate) tenant_key: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) version: i64,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) last_heard_at: Option<OffsetDateTime>,
    /// Heard of within the last minute.
    pub(crate) workers: i64,
    pub(crate) waiting: i64,
}

/// What may be changed of a pool.
#[derive(Debug, Clone)]
pub(crate) struct OwnPool {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) is_default: bool,
    pub(crate) version: i64,
}

fn keys(above: &[TenantKey]) -> Vec<String> {
    above.iter().map(ToString::to_string).collect()
}

/// Own pools and those of the organizations above (SECURITY DEFINER: the tenant service named
/// them), nearest first.
pub(crate) async fn seen(tx: &mut TenantTx, above: &[TenantKey]) -> Result<Vec<PoolRow>, PgFault> {
    Ok(sqlx::query_as!(
        PoolRow,
        r#"select tenant_key as "tenant_key!", id as "id!", name as "name!",
                  is_default as "is_default!", version as "version!",
                  created_at as "created_at!", last_heard_at, workers as "workers!",
                  waiting as "waiting!"
           from scan.pools_seen($1)"#,
        &keys(above),
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many pools the payer's tree has.
pub(crate) async fn count(tx: &mut TenantTx, root: TenantKey) -> Result<i64, PgFault> {
    Ok(sqlx::query_scalar!(
        r#"select scan.count_pools($1) as "pools!""#,
        root.to_string(),
    )
    .fetch_one(tx.conn())
    .await?)
}

/// How many pools the payer's tree has, held until the end of the transaction.
pub(crate) async fn hold_count(tx: &mut TenantTx, root: TenantKey) -> Result<i64, PgFault> {
    Ok(sqlx::query_scalar!(
        r#"select scan.hold_pools($1) as "pools!""#,
        root.to_string()
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Adds a pool; none when the organization has one of that name.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    id: PoolId,
    root: TenantKey,
    name: &str,
    is_default: bool,
) -> Result<Option<OwnPool>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        OwnPool,
        "insert into scan.pools (tenant_key, id, root_tenant_key, name, is_default, created_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_key, name) do nothing
         returning id, name, is_default, version",
        tenant,
        id.to_string(),
        root.to_string(),
        name,
        is_default,
        by,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Takes the default away from whichever pool of the organization has it.
pub(crate) async fn clear_default(tx: &mut TenantTx) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "update scan.pools set is_default = false, version = version + 1
         where tenant_key = $1 and is_default",
        tenant,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Locks one of the organization's own pools.
pub(crate) async fn lock(tx: &mut TenantTx, id: PoolId) -> Result<Option<OwnPool>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        OwnPool,
        "select id, name, is_default, version
         from scan.pools
         where tenant_key = $1 and id = $2
         for update",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Changes a locked pool; none when the organization has another of that name.
pub(crate) async fn update(
    tx: &mut TenantTx,
    id: &str,
    name: &str,
    is_default: bool,
) -> Result<Option<OwnPool>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        OwnPool,
        "update scan.pools p
         set name = $3, is_default = $4, version = version + 1
         where p.tenant_key = $1 and p.id = $2
           and not exists (
               select from scan.pools o
               where o.tenant_key = $1 and o.name = $3 and o.id <> $2
           )
         returning id, name, is_default, version",
        tenant,
        id,
        name,
        is_default,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Removes a locked pool.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from scan.pools where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Runs that have not ended and use a pool: some of the organization's own, and how many of others
/// (SECURITY DEFINER).
pub(crate) async fn runs_of(tx: &mut TenantTx, id: &str) -> Result<(Vec<String>, i64), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select own as "own!", others as "others!" from scan.runs_of_pool($1, $2)"#,
        tenant,
        id,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.own, row.others))
}

/// The pool a run goes to, with its name: the one named, or the default (SECURITY DEFINER).
pub(crate) async fn chosen(
    tx: &mut TenantTx,
    named: Option<PoolId>,
    above: &[TenantKey],
) -> Result<Option<(String, String)>, PgFault> {
    let named = named.map(|id| id.to_string()).unwrap_or_default();
    let row = sqlx::query!(
        r#"select id as "id!", name as "name!" from scan.pool_for($1, $2)"#,
        named,
        &keys(above),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.id, row.name)))
}

/// The pool that looked at one of these assets last, by a run that was no verification: what it
/// found is looked at again from the same place.
pub(crate) async fn last_of_assets(
    tx: &mut TenantTx,
    asset_ids: &[String],
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select pool
         from scan.runs
         where tenant_key = $1 and asset_ids && $2 and kind <> 'verify'
         order by created_at desc, id desc
         limit 1",
        tenant,
        asset_ids,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Keeps a pool from being removed until the end of the transaction; false when it is gone
/// (SECURITY DEFINER).
pub(crate) async fn hold(tx: &mut TenantTx, id: PoolId) -> Result<bool, PgFault> {
    Ok(
        sqlx::query_scalar!(r#"select scan.hold_pool($1) as "found!""#, id.to_string())
            .fetch_one(tx.conn())
            .await?,
    )
}

/// How the workers of a pool were heard of (SECURITY DEFINER: the caller has a run there).
pub(crate) async fn heard(tx: &mut TenantTx, id: &str) -> Result<Option<Heard>, PgFault> {
    Ok(sqlx::query_as!(
        Heard,
        r#"select name as "name!", last_heard_at, workers as "workers!" from scan.pool_heard($1)"#,
        id,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Notes workers that were heard of, one for one with their pools (SECURITY DEFINER).
pub(crate) async fn note_workers(
    tx: &mut PlatformTx,
    pools: &[String],
    workers: &[String],
) -> Result<(), PgFault> {
    sqlx::query!("select scan.note_workers($1, $2)", pools, workers)
        .execute(tx.conn())
        .await?;
    Ok(())
}
