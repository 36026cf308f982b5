//! Saved views: filters with a name, of one person or of everybody.
use axum::{
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::ViewId;
use wt_proto::results as wire;

use super::{
    access::{ExposuresRead, May},
    etag::{self, IfMatch},
    exposures::Sort,
    extract::{Body, Checked, Segment},
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/views`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_views, create_view))
        .routes(routes!(update_view, delete_view))
}

/// A saved view of `/exposures`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SavedView {
    /// `viw_…`
    id: String,
    /// Name.
    name: String,
    /// The grammar of docs/guides/filters.md.
    filter: String,
    /// Names of fields, in the order they are shown; none for the usual ones.
    columns: Vec<String>,
    /// `severity` or `score`.
    sort: String,
    /// Whether everybody in the organization sees it.
    shared: bool,
    /// Who made it.
    owner: String,
    /// Grows with every edit; also the `etag`.
    version: u64,
}

impl TryFrom<wire::View> for SavedView {
    type Error = Problem;

    fn try_from(view: wire::View) -> Result<Self, Problem> {
        Ok(Self {
            id: view.id,
            name: view.name,
            filter: view.filter,
            columns: view.columns,
            sort: view.sort,
            shared: view.shared,
            owner: view.owner,
            version: view.version,
        })
    }
}

page!(
    /// Saved views, by name.
    SavedViewPage of SavedView
);

/// A view to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewView {
    /// Name; one person has no two views of one name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    /// The grammar of docs/guides/filters.md.
    #[serde(default)]
    #[schema(max_length = 1024, example = "severity>=high state:open")]
    filter: String,
    /// Names of fields, in the order they are shown; none for the usual ones.
    #[serde(default)]
    #[schema(max_items = 40)]
    columns: Vec<String>,
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[serde(default)]
    #[schema(inline)]
    sort: Sort,
    /// Whether everybody in the organization sees it.
    #[serde(default)]
    shared: bool,
}

impl Checked for NewView {}

impl NewView {
    fn into_wire(self, id: String, version: u64) -> wire::View {
        wire::View {
            id,
            name: self.name,
            filter: self.filter,
            columns: self.columns,
            sort: self.sort.as_str().to_owned(),
            shared: self.shared,
            owner: String::new(),
            version,
        }
    }
}

/// One's own saved views and those shared in the organization.
#[utoipa::path(get, path = "/views", tag = "exposures",
    responses((status = 200, description = "the views", body = SavedViewPage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_views(caller: May<ExposuresRead>) -> Result<Response, Problem> {
    let request = wire::ListViewsRequest {};
    let answer = caller.results()?.list_views(request).await?.into_inner();
    let page = SavedViewPage::from_wire(answer.views, String::new())?;
    Ok(axum::Json(page).into_response())
}

/// Saves a view.
#[utoipa::path(post, path = "/views", tag = "exposures", request_body = NewView,
    responses((status = 201, description = "saved", body = SavedView)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn create_view(
    caller: May<ExposuresRead>,
    Body(new): Body<NewView>,
) -> Result<Response, Problem> {
    let request = wire::CreateViewRequest {
        view: Some(new.into_wire(String::new(), 0)),
    };
    let answer = caller.results()?.create_view(request).await?.into_inner();
    answered(StatusCode::CREATED, answer.view)
}

/// Replaces a view: one's own, or a shared one with `organization:write`.
#[utoipa::path(put, path = "/views/{id}", tag = "exposures", request_body = NewView,
    params(("id" = String, Path, description = "view (`viw_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as it is now", body = SavedView)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn update_view(
    caller: May<ExposuresRead>,
    Segment(id): Segment<ViewId>,
    IfMatch(version): IfMatch,
    Body(new): Body<NewView>,
) -> Result<Response, Problem> {
    let request = wire::UpdateViewRequest {
        view: Some(new.into_wire(id.to_string(), version)),
    };
    let answer = caller
        .results()?
        .update_view(request)
        .await
        .map_err(etag::refused)?
        .into_inner();
    answered(StatusCode::OK, answer.view)
}

/// Removes a view: one's own, or a shared one with `organization:write`.
#[utoipa::path(delete, path = "/views/{id}", tag = "exposures",
    params(("id" = String, Path, description = "view (`viw_…`)")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn delete_view(
    caller: May<ExposuresRead>,
    Segment(id): Segment<ViewId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteViewRequest {
        view_id: id.to_string(),
    };
    caller.results()?.delete_view(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answered(status: StatusCode, view: Option<wire::View>) -> Result<Response, Problem> {
    let view: SavedView = view
        .ok_or_else(|| Problem::broken_answer("view"))?
        .try_into()?;
    Ok(etag::tagged(status, view.version, view))
}
