//! Saved views: a filter with columns and an order, of one person or of everybody.
//!
//! Who sees exposures may save views and share them. Shared ones are changed by whoever made
//! them and by who may change the organization.

use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, TypedId, ViewId};
use wt_pg::TenantTx;
use wt_proto::results;

use super::Api;
use crate::{
    domain::view::View,
    error::ResultsFault,
    store::{self, view::ViewRow},
};

/// Most views of one person.
const OWN_MAX: i64 = 100;
/// Most views of an answer.
const SEEN_MAX: i64 = 1_000;

/// Own and shared views.
pub(super) async fn list_views(
    api: &Api,
    principal: &Principal,
) -> Result<results::ListViewsResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let mut tx = api.pool.begin_read(principal, "list_views").await?;
    let rows = store::view::list(&mut tx, SEEN_MAX).await?;
    tx.commit().await?;
    Ok(results::ListViewsResponse {
        views: rows.into_iter().map(shown).collect(),
    })
}

/// Keeps a new view.
pub(super) async fn create_view(
    api: &Api,
    principal: &Principal,
    request: results::CreateViewRequest,
) -> Result<results::CreateViewResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let view = wanted(request.view.unwrap_or_default())?;
    let mut tx = api.pool.begin(principal, "create_view").await?;
    if store::view::count_own(&mut tx).await? >= OWN_MAX {
        return Err(ResultsFault::ViewsTooMany);
    }
    let id = ViewId::from_ulid(Ulid::generate());
    let row = store::view::insert(&mut tx, id, &view)
        .await?
        .ok_or(ResultsFault::ViewNameTaken)?;
    audit(&mut tx, "view.create", None, Some(&row)).await?;
    tx.commit().await?;
    Ok(results::CreateViewResponse {
        view: Some(shown(row)),
    })
}

/// Replaces what a view shows.
pub(super) async fn update_view(
    api: &Api,
    principal: &Principal,
    request: results::UpdateViewRequest,
) -> Result<results::UpdateViewResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let new = request.view.unwrap_or_default();
    let (id, version) = (new.id.clone(), new.version);
    let view = wanted(new)?;
    let mut tx = api.pool.begin(principal, "update_view").await?;
    let before = lock(&mut tx, &id).await?;
    if version > 0 && i64::try_from(version) != Ok(before.version) {
        return Err(ResultsFault::Stale);
    }
    let row = store::view::update(&mut tx, &before, &view)
        .await?
        .ok_or(ResultsFault::ViewNameTaken)?;
    audit(&mut tx, "view.change", Some(&before), Some(&row)).await?;
    tx.commit().await?;
    Ok(results::UpdateViewResponse {
        view: Some(shown(row)),
    })
}

/// Removes a view.
pub(super) async fn delete_view(
    api: &Api,
    principal: &Principal,
    request: results::DeleteViewRequest,
) -> Result<results::DeleteViewResponse, ResultsFault> {
    may(principal, Permission::ExposuresRead)?;
    let mut tx = api.pool.begin(principal, "delete_view").await?;
    let row = lock(&mut tx, &request.view_id).await?;
    store::view::delete(&mut tx, &row.id).await?;
    audit(&mut tx, "view.remove", Some(&row), None).await?;
    tx.commit().await?;
    Ok(results::DeleteViewResponse {})
}

/// A view the caller sees and may change.
async fn lock(tx: &mut TenantTx, id: &str) -> Result<ViewRow, ResultsFault> {
    // An id that cannot exist and one that does not are the same to the caller.
    let id: ViewId = id.parse().map_err(|_| ResultsFault::ViewUnknown)?;
    let row = store::view::lock(tx, id)
        .await?
        .ok_or(ResultsFault::ViewUnknown)?;
    let who = tx.principal();
    if row.owner == who.sub || may(who, Permission::OrganizationWrite).is_ok() {
        Ok(row)
    } else {
        Err(ResultsFault::ViewOfSomebodyElse)
    }
}

/// A record of what became of a view that others see; one's own are nobody's business.
async fn audit(
    tx: &mut TenantTx,
    action: &'static str,
    before: Option<&ViewRow>,
    after: Option<&ViewRow>,
) -> Result<(), ResultsFault> {
    let told = |row: &ViewRow| serde_json::json!({ "name": row.name, "filter": row.filter, "shared": row.shared });
    let Some(row) = after.or(before) else {
        return Ok(());
    };
    if [before, after].into_iter().flatten().any(|row| row.shared) {
        let (before, after) = (before.map(told), after.map(told));
        wt_audit::record(tx, action, &row.id, before.as_ref(), after.as_ref()).await?;
    }
    Ok(())
}

fn wanted(view: results::View) -> Result<View, ResultsFault> {
    View {
        name: view.name,
        filter: view.filter,
        columns: view.columns,
        sort: view.sort,
        shared: view.shared,
    }
    .read()
}

fn shown(row: ViewRow) -> results::View {
    results::View {
        id: row.id,
        name: row.name,
        filter: row.filter,
        columns: row.columns,
        sort: row.sort,
        shared: row.shared,
        owner: row.owner,
        version: u64::try_from(row.version).unwrap_or_default(),
    }
}
