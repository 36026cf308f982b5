//! `tenant.api_keys`: a key's text is stored as a hash only.

use time::OffsetDateTime;
use wt_pg::{PgFault, PlatformTx, TenantTx};

/// A key of the transaction's organization.
#[derive(Debug, Clone)]
pub(crate) struct ApiKeyRow {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) prefix: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) created_by: String,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) rotated_at: Option<OffsetDateTime>,
    pub(crate) old_until: Option<OffsetDateTime>,
    pub(crate) expires_at: Option<OffsetDateTime>,
    pub(crate) last_used_at: Option<OffsetDateTime>,
    pub(crate) revoked_at: Option<OffsetDateTime>,
}

/// A key about to be made.
pub(crate) struct NewApiKey<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) prefix: &'a str,
    pub(crate) secret_hash: &'a [u8],
    pub(crate) scopes: &'a [String],
    pub(crate) created_by: &'a str,
    pub(crate) expires_at: Option<OffsetDateTime>,
}

/// A live key by its text, before an organization is known.
#[derive(Debug, Clone)]
pub(crate) struct LiveKeyRow {
    pub(crate) tenant_key: String,
    pub(crate) id: String,
    pub(crate) created_by: String,
    pub(crate) scopes: Vec<String>,
}

/// Live keys of the transaction's organization.
pub(crate) async fn count_live(tx: &mut TenantTx) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from tenant.api_keys
           where tenant_key = $1 and revoked_at is null
             and (expires_at is null or expires_at > now())"#,
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(count)
}

/// Makes a key.
pub(crate) async fn insert(tx: &mut TenantTx, new: &NewApiKey<'_>) -> Result<ApiKeyRow, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        ApiKeyRow,
        "insert into tenant.api_keys
             (tenant_key, id, name, prefix, secret_hash, scopes, created_by, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         returning id, name, prefix, scopes, created_by, created_at, rotated_at, old_until,
                   expires_at, last_used_at, revoked_at",
        tenant,
        new.id,
        new.name,
        new.prefix,
        new.secret_hash,
        new.scopes,
        new.created_by,
        new.expires_at,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(row)
}

/// Keys of the transaction's organization, the newest first.
pub(crate) async fn list(tx: &mut TenantTx, limit: i64) -> Result<Vec<ApiKeyRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query_as!(
        ApiKeyRow,
        "select id, name, prefix, scopes, created_by, created_at, rotated_at, old_until,
                expires_at, last_used_at, revoked_at
         from tenant.api_keys
         where tenant_key = $1
         order by created_at desc, id desc
         limit $2",
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows)
}

/// Gives a live key a new text; the old one works until `old_until`.
pub(crate) async fn rotate(
    tx: &mut TenantTx,
    id: &str,
    prefix: &str,
    secret_hash: &[u8],
    old_until: OffsetDateTime,
) -> Result<Option<ApiKeyRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query_as!(
        ApiKeyRow,
        "update tenant.api_keys
         set old_hash = secret_hash, old_prefix = prefix, old_until = $5,
             secret_hash = $4, prefix = $3, rotated_at = now()
         where tenant_key = $1 and id = $2 and revoked_at is null
           and (expires_at is null or expires_at > now())
         returning id, name, prefix, scopes, created_by, created_at, rotated_at, old_until,
                   expires_at, last_used_at, revoked_at",
        tenant,
        id,
        prefix,
        secret_hash,
        old_until,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}

/// Ends a key; none when there is no such key. Ending it twice changes nothing.
pub(crate) async fn revoke(
    tx: &mut TenantTx,
    id: &str,
    by: &str,
) -> Result<Option<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let name = sqlx::query_scalar!(
        "update tenant.api_keys
         set revoked_at = coalesce(revoked_at, now()), revoked_by = coalesce(revoked_by, $3)
         where tenant_key = $1 and id = $2
         returning name",
        tenant,
        id,
        by,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(name)
}

/// The live key of a text (SECURITY DEFINER: its organization follows from it), noting its use.
pub(crate) async fn take(
    tx: &mut PlatformTx,
    secret_hash: &[u8],
    ip: &str,
) -> Result<Option<LiveKeyRow>, PgFault> {
    let row = sqlx::query_as!(
        LiveKeyRow,
        r#"select tenant_key as "tenant_key!", id as "id!", created_by as "created_by!",
                  scopes as "scopes!"
           from tenant.use_api_key($1, $2)"#,
        secret_hash,
        ip,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row)
}
