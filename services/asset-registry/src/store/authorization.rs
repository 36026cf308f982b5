//! `asset.authorizations`: never deleted, ended by revocation or expiry.

use time::OffsetDateTime;
use wt_model::{AssetId, AuthorizationId, Limit, TenantKey, VerificationMethod};
use wt_pg::{Cursor, PgFault, PlatformTx, TenantTx};

use crate::error::AssetFault;

/// A proof of ownership.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizationRow {
    pub(crate) id: String,
    pub(crate) asset_id: String,
    pub(crate) method: String,
    pub(crate) proof: String,
    pub(crate) vantages: Vec<String>,
    pub(crate) verified_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    pub(crate) revoked_at: Option<OffsetDateTime>,
    pub(crate) revoked_reason: String,
}

/// A proof about to be recorded.
pub(crate) struct NewAuthorization<'a> {
    pub(crate) id: AuthorizationId,
    pub(crate) asset: AssetId,
    pub(crate) method: VerificationMethod,
    pub(crate) proof: &'a str,
    pub(crate) vantages: &'a [String],
    pub(crate) verified_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
    /// Who pays for the tree it counts in.
    pub(crate) root: TenantKey,
}

/// Records a proof. The live one of the asset, if any, must have been ended before.
pub(crate) async fn insert(tx: &mut TenantTx, new: &NewAuthorization<'_>) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    sqlx::query!(
        "insert into asset.authorizations
             (tenant_key, id, asset_id, method, proof, vantages, verified_by, verified_at, expires_at,
              root_tenant_key)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant,
        new.id.to_string(),
        new.asset.to_string(),
        new.method.as_str(),
        new.proof,
        new.vantages,
        by,
        new.verified_at,
        new.expires_at,
        new.root.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether an asset has a live proof: renewing it takes no other place.
pub(crate) async fn is_live(tx: &mut TenantTx, asset: AssetId) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let live = sqlx::query_scalar!(
        r#"select exists (
               select 1 from asset.authorizations
               where tenant_key = $1 and asset_id = $2 and revoked_at is null
                 and expires_at > now()
           ) as "live!""#,
        tenant,
        asset.to_string(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(live)
}

/// Verified assets of a payer's tree; the number is held until the end of the transaction
/// (SECURITY DEFINER: a number).
pub(crate) async fn hold_verified(tx: &mut TenantTx, root: TenantKey) -> Result<u32, PgFault> {
    let count = sqlx::query_scalar!(
        r#"select asset.hold_verified($1) as "count!""#,
        root.to_string(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Verified assets of a payer's tree, for people to read (SECURITY DEFINER: a number).
pub(crate) async fn count_verified(tx: &mut PlatformTx, root: TenantKey) -> Result<u32, PgFault> {
    let count = sqlx::query_scalar!(
        r#"select asset.count_verified($1) as "count!""#,
        root.to_string(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Ends the live authorizations of an asset and returns their ids.
pub(crate) async fn revoke_by_asset(
    tx: &mut TenantTx,
    asset: AssetId,
    reason: &str,
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        "update asset.authorizations set revoked_at = now(), revoked_reason = $3
         where tenant_key = $1 and asset_id = $2 and revoked_at is null
         returning id",
        tenant,
        asset.to_string(),
        reason,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Ends one authorization; `None` when it is not there or ended already.
pub(crate) async fn revoke_by_id(
    tx: &mut TenantTx,
    id: AuthorizationId,
    reason: &str,
) -> Result<Option<AuthorizationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        AuthorizationRow,
        "update asset.authorizations set revoked_at = now(), revoked_reason = $3
         where tenant_key = $1 and id = $2 and revoked_at is null
         returning id, asset_id, method, proof, vantages, verified_at, expires_at, revoked_at,
                   revoked_reason",
        tenant,
        id.to_string(),
        reason,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// One authorization.
pub(crate) async fn find_by_id(
    tx: &mut TenantTx,
    id: AuthorizationId,
) -> Result<Option<AuthorizationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        AuthorizationRow,
        "select id, asset_id, method, proof, vantages, verified_at, expires_at, revoked_at,
                revoked_reason
         from asset.authorizations
         where tenant_key = $1 and id = $2",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// One page, newest first, one row more than the page holds.
pub(crate) async fn page(
    tx: &mut TenantTx,
    asset: Option<AssetId>,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<AuthorizationRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let (after_at, after_id) = after.map(Cursor::position).unzip();
    let rows = sqlx::query_as!(
        AuthorizationRow,
        "select id, asset_id, method, proof, vantages, verified_at, expires_at, revoked_at,
                revoked_reason
         from asset.authorizations
         where tenant_key = $1
           and ($2::text is null or asset_id = $2)
           and ($3::timestamptz is null or (verified_at, id) < ($3, $4))
         order by verified_at desc, id desc
         limit $5",
        tenant,
        asset.map(|asset| asset.to_string()),
        after_at,
        after_id,
        limit.as_i64() + 1,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Ends what expired, a bounded number at a time, and returns (id, `asset_id`).
pub(crate) async fn revoke_expired(
    tx: &mut TenantTx,
    limit: i64,
) -> Result<Vec<(String, String)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        "update asset.authorizations set revoked_at = now(), revoked_reason = 'expired'
         where tenant_key = $1 and id in (
             select id from asset.authorizations
             where tenant_key = $1 and revoked_at is null and expires_at <= now()
             order by expires_at
             limit $2
             for update skip locked
         )
         returning id, asset_id",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.asset_id)).collect())
}

/// Organizations that have something to end: across tenants, so only their keys, through a
/// listed SECURITY DEFINER function.
pub(crate) async fn tenants_with_expired(
    tx: &mut PlatformTx,
    limit: i64,
) -> Result<Vec<TenantKey>, AssetFault> {
    let rows = sqlx::query!(
        r#"select tenant_key as "tenant_key!" from asset.tenants_with_expired_authorizations($1)"#,
        i32::try_from(limit).unwrap_or(i32::MAX),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?;
    rows.into_iter()
        .map(|row| {
            row.tenant_key
                .parse()
                .map_err(|error| AssetFault::inconsistent("asset.authorizations.tenant_key", error))
        })
        .collect()
}
