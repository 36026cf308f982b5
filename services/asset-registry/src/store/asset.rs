//! `asset.assets`.

use time::OffsetDateTime;
use wt_model::{AssetId, AssetKind, Limit};
use wt_pg::{Cursor, PgFault, TenantRead, TenantTx};

use crate::error::AssetFault;

/// A registered asset with its live authorization, if it has one.
#[derive(Debug, Clone)]
pub(crate) struct AssetRow {
    pub(crate) id: AssetId,
    pub(crate) kind: AssetKind,
    pub(crate) value: String,
    pub(crate) tags: Vec<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) archived_at: Option<OffsetDateTime>,
    pub(crate) authorization: Option<LiveAuthorization>,
}

/// What an asset's row says of its live authorization.
#[derive(Debug, Clone)]
pub(crate) struct LiveAuthorization {
    pub(crate) id: String,
    pub(crate) method: String,
    pub(crate) verified_at: OffsetDateTime,
    pub(crate) expires_at: OffsetDateTime,
}

struct Raw {
    id: String,
    kind: String,
    value: String,
    tags: Vec<String>,
    created_at: OffsetDateTime,
    archived_at: Option<OffsetDateTime>,
    authorization_id: Option<String>,
    method: Option<String>,
    verified_at: Option<OffsetDateTime>,
    expires_at: Option<OffsetDateTime>,
}

impl TryFrom<Raw> for AssetRow {
    type Error = AssetFault;

    fn try_from(raw: Raw) -> Result<Self, AssetFault> {
        let place = |column: &str| format!("asset.assets.{column} of {}", raw.id);
        let authorization = match (
            raw.authorization_id,
            raw.method,
            raw.verified_at,
            raw.expires_at,
        ) {
            (Some(id), Some(method), Some(verified_at), Some(expires_at)) => {
                Some(LiveAuthorization {
                    id,
                    method,
                    verified_at,
                    expires_at,
                })
            }
            _ => None,
        };
        Ok(Self {
            kind: raw
                .kind
                .parse()
                .map_err(|error| AssetFault::inconsistent(place("kind"), error))?,
            id: raw
                .id
                .parse()
                .map_err(|error| AssetFault::inconsistent(place("id"), error))?,
            value: raw.value,
            tags: raw.tags,
            created_at: raw.created_at,
            archived_at: raw.archived_at,
            authorization,
        })
    }
}

/// Registers an asset unless the organization has it already.
pub(crate) async fn insert_unless_present(
    tx: &mut TenantTx,
    id: AssetId,
    kind: AssetKind,
    value: &str,
    tags: &[String],
) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let by = tx.principal().sub.clone();
    let done = sqlx::query!(
        "insert into asset.assets (tenant_key, id, kind, value, tags, created_by)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (tenant_key, value) where archived_at is null do nothing",
        tenant,
        id.to_string(),
        kind.as_str(),
        value,
        tags,
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The asset an organization registered under `value`.
pub(crate) async fn find_by_value(
    tx: &mut TenantTx,
    value: &str,
) -> Result<Option<AssetRow>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at,
                  z.id as "authorization_id?", z.method as "method?",
                  z.verified_at as "verified_at?", z.expires_at as "expires_at?"
           from asset.assets a
           left join asset.authorizations z
             on z.tenant_key = a.tenant_key and z.asset_id = a.id
            and z.revoked_at is null and z.expires_at > now()
           where a.tenant_key = $1 and a.value = $2 and a.archived_at is null"#,
        tenant,
        value,
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?
    .map(AssetRow::try_from)
    .transpose()
}

/// One asset, archived or not.
pub(crate) async fn find_by_id(
    tx: &mut TenantTx,
    id: AssetId,
) -> Result<Option<AssetRow>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at,
                  z.id as "authorization_id?", z.method as "method?",
                  z.verified_at as "verified_at?", z.expires_at as "expires_at?"
           from asset.assets a
           left join asset.authorizations z
             on z.tenant_key = a.tenant_key and z.asset_id = a.id
            and z.revoked_at is null and z.expires_at > now()
           where a.tenant_key = $1 and a.id = $2"#,
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?
    .map(AssetRow::try_from)
    .transpose()
}

/// Locks an asset that is not archived, so that nothing is proven or archived meanwhile.
pub(crate) async fn lock_by_id(
    tx: &mut TenantTx,
    id: AssetId,
) -> Result<Option<(AssetKind, String)>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        "select kind, value from asset.assets
         where tenant_key = $1 and id = $2 and archived_at is null
         for update",
        tenant,
        id.to_string(),
    )
    .fetch_optional(tx.conn())
    .await
    .map_err(PgFault::from)?;
    row.map(|row| {
        let kind = row.kind.parse().map_err(|error| {
            AssetFault::inconsistent(format!("asset.assets.kind of {id}"), error)
        })?;
        Ok((kind, row.value))
    })
    .transpose()
}

/// What a list of assets is narrowed to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filter {
    /// Prefix of the value.
    pub(crate) query: Option<String>,
    pub(crate) kind: Option<AssetKind>,
    /// Whether a live authorization is required or excluded.
    pub(crate) verified: Option<bool>,
}

/// One page of live assets, newest first. Asks for one row more than the page holds: it tells
/// whether there is another page. Sets the tenant in the same round trip (see [`TenantRead`]).
pub(crate) async fn page(
    read: &mut TenantRead,
    filter: &Filter,
    after: Option<&Cursor>,
    limit: Limit,
) -> Result<Vec<AssetRow>, AssetFault> {
    let tenant = read.tenant_key().to_string();
    let pattern = filter.query.as_ref().map(|query| like_prefix(query));
    let (after_at, after_id) = after.map(Cursor::position).unzip();
    sqlx::query_as!(
        Raw,
        r#"select p.id, p.kind, p.value, p.tags, p.created_at, p.archived_at,
                  p.authorization_id as "authorization_id?", p.method as "method?",
                  p.verified_at as "verified_at?", p.expires_at as "expires_at?"
           from (select set_config('app.tenant_key', $1, true) as tenant_key) c
           cross join lateral (
               select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at,
                      z.id as authorization_id, z.method, z.verified_at, z.expires_at
               from asset.assets a
               left join asset.authorizations z
                 on z.tenant_key = a.tenant_key and z.asset_id = a.id
                and z.revoked_at is null and z.expires_at > now()
               where a.tenant_key = c.tenant_key and a.archived_at is null
                 and ($2::text is null or a.value like $2)
                 and ($3::text is null or a.kind = $3)
                 and ($4::boolean is null or (z.id is not null) = $4)
                 and ($5::timestamptz is null or (a.created_at, a.id) < ($5, $6))
               order by a.created_at desc, a.id desc
               limit $7
           ) p
           order by p.created_at desc, p.id desc"#,
        tenant,
        pattern,
        filter.kind.map(AssetKind::as_str),
        filter.verified,
        after_at,
        after_id,
        limit.as_i64() + 1,
    )
    .fetch_all(read.conn())
    .await
    .map_err(PgFault::from)?
    .into_iter()
    .map(AssetRow::try_from)
    .collect()
}

/// Every verified live asset, oldest first.
pub(crate) async fn list_verified(
    tx: &mut TenantTx,
    limit: usize,
) -> Result<Vec<AssetRow>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query_as!(
        Raw,
        r#"select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at,
                  z.id as "authorization_id?", z.method as "method?",
                  z.verified_at as "verified_at?", z.expires_at as "expires_at?"
           from asset.assets a
           join asset.authorizations z
             on z.tenant_key = a.tenant_key and z.asset_id = a.id
            and z.revoked_at is null and z.expires_at > now()
           where a.tenant_key = $1 and a.archived_at is null
           order by a.created_at, a.id
           limit $2"#,
        tenant,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?
    .into_iter()
    .map(AssetRow::try_from)
    .collect()
}

/// The assets of these ids that exist, archived or not.
pub(crate) async fn list_by_ids(
    tx: &mut TenantTx,
    ids: &[AssetId],
) -> Result<Vec<AssetRow>, AssetFault> {
    let tenant = tx.tenant_key().to_string();
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    sqlx::query_as!(
        Raw,
        r#"select a.id, a.kind, a.value, a.tags, a.created_at, a.archived_at,
                  z.id as "authorization_id?", z.method as "method?",
                  z.verified_at as "verified_at?", z.expires_at as "expires_at?"
           from asset.assets a
           left join asset.authorizations z
             on z.tenant_key = a.tenant_key and z.asset_id = a.id
            and z.revoked_at is null and z.expires_at > now()
           where a.tenant_key = $1 and a.id = any($2)
           order by a.created_at, a.id"#,
        tenant,
        &ids,
    )
    .fetch_all(tx.conn())
    .await
    .map_err(PgFault::from)?
    .into_iter()
    .map(AssetRow::try_from)
    .collect()
}

/// Ends an asset; false when it is not there or ended already.
pub(crate) async fn archive(tx: &mut TenantTx, id: AssetId) -> Result<bool, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let done = sqlx::query!(
        "update asset.assets set archived_at = now()
         where tenant_key = $1 and id = $2 and archived_at is null",
        tenant,
        id.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// How many live assets there are, and how many of them are verified.
pub(crate) async fn count(tx: &mut TenantTx) -> Result<(i64, i64), PgFault> {
    let tenant = tx.tenant_key().to_string();
    let row = sqlx::query!(
        r#"select count(*) as "total!", count(z.id) as "verified!"
           from asset.assets a
           left join asset.authorizations z
             on z.tenant_key = a.tenant_key and z.asset_id = a.id
            and z.revoked_at is null and z.expires_at > now()
           where a.tenant_key = $1 and a.archived_at is null"#,
        tenant,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.total, row.verified))
}

/// A `like` pattern of everything that starts with `text`; its wildcards are literal.
fn like_prefix(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 1);
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::like_prefix;

    #[test]
    fn wildcards_in_a_prefix_are_literal() {
        assert_eq!(like_prefix("A_b%"), "a\\_b\\%%");
    }
}
