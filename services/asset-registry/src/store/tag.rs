//! Tags in `asset.assets`.
use wt_pg::{PgFault, TenantTx};

/// The tags of live assets and how many bear each, most borne first.
pub(crate) async fn list(tx: &mut TenantTx, limit: i64) -> Result<Vec<(String, i64)>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let rows = sqlx::query!(
        r#"select t.tag as "tag!", count(*) as "assets!"
           from asset.assets a cross join lateral unnest(a.tags) as t (tag)
           where a.tenant_key = $1 and a.archived_at is null
           group by t.tag
           order by 2 desc, 1
           limit $2"#,
        tenant,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.tag, row.assets)).collect())
}

/// Ids of the assets that bear a tag, archived or not.
pub(crate) async fn assets(
    tx: &mut TenantTx,
    tag: &str,
    limit: usize,
) -> Result<Vec<String>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_scalar!(
        "select id from asset.assets where tenant_key = $1 and $2 = any(tags) order by id limit $3",
        tenant,
        tag,
        i64::try_from(limit).unwrap_or(i64::MAX),
    )
    .fetch_all(tx.conn())
    .await?)
}
