//! `results.views`: filters with a name.
use wt_model::ViewId;
use wt_pg::{PgFault, TenantTx};

use crate::domain::view::View;

/// A saved view.
#[derive(Debug, Clone)]
pub(crate) struct ViewRow {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) shared: bool,
    pub(crate) name: String,
    pub(crate) filter: String,
    pub(crate) columns: Vec<String>,
    pub(crate) sort: String,
    pub(crate) version: i64,
}

/// Views the transaction's principal sees: their own and shared ones, by name.
pub(crate) async fn list(tx: &mut TenantTx, limit: i64) -> Result<Vec<ViewRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let who = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        ViewRow,
        "select id, owner, shared, name, filter, columns, sort, version
         from results.views
         where tenant_key = $1 and (shared or owner = $2)
         order by lower(name), id
         limit $3",
        tenant,
        who,
        limit,
    )
    .fetch_all(tx.conn())
    .await?)
}

/// How many views the transaction's principal has.
pub(crate) async fn count_own(tx: &mut TenantTx) -> Result<i64, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let who = tx.principal().sub.clone();
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "rows!" from results.views where tenant_key = $1 and owner = $2"#,
        tenant,
        who,
    )
    .fetch_one(tx.conn())
    .await?)
}

/// Locks one view the transaction's principal sees.
pub(crate) async fn lock(tx: &mut TenantTx, id: ViewId) -> Result<Option<ViewRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let who = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        ViewRow,
        "select id, owner, shared, name, filter, columns, sort, version
         from results.views
         where tenant_key = $1 and id = $2 and (shared or owner = $3)
         for update",
        tenant,
        id.to_string(),
        who,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Keeps a new view of the transaction's principal; none when they have one of that name.
pub(crate) async fn insert(
    tx: &mut TenantTx,
    id: ViewId,
    view: &View,
) -> Result<Option<ViewRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    let who = tx.principal().sub.clone();
    Ok(sqlx::query_as!(
        ViewRow,
        "insert into results.views (tenant_key, id, owner, shared, name, filter, columns, sort)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (tenant_key, owner, name) do nothing
         returning id, owner, shared, name, filter, columns, sort, version",
        tenant,
        id.to_string(),
        who,
        view.shared,
        view.name,
        view.filter,
        &view.columns,
        view.sort,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Changes a locked view; none when its owner has another of that name.
pub(crate) async fn update(
    tx: &mut TenantTx,
    row: &ViewRow,
    view: &View,
) -> Result<Option<ViewRow>, PgFault> {
    let tenant = tx.tenant_key().to_string();
    Ok(sqlx::query_as!(
        ViewRow,
        "update results.views v
         set shared = $3, name = $4, filter = $5, columns = $6, sort = $7, version = version + 1
         where v.tenant_key = $1 and v.id = $2
           and not exists (
               select from results.views o
               where o.tenant_key = $1 and o.owner = v.owner and o.name = $4 and o.id <> v.id
           )
         returning id, owner, shared, name, filter, columns, sort, version",
        tenant,
        row.id,
        view.shared,
        view.name,
        view.filter,
        &view.columns,
        view.sort,
    )
    .fetch_optional(tx.conn())
    .await?)
}

/// Removes a locked view.
pub(crate) async fn delete(tx: &mut TenantTx, id: &str) -> Result<(), PgFault> {
    let tenant = tx.tenant_key().to_string();
    sqlx::query!(
        "delete from results.views where tenant_key = $1 and id = $2",
        tenant,
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}
