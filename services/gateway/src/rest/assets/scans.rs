//! Lists the runs that looked at an asset.
use axum::Json;
use wt_model::AssetId;
use wt_proto::{asset::GetAssetRequest, scan::ListRunsRequest};

use crate::rest::{
    access::{May, RunsRead},
    extract::{Params, Segment},
    page::PageQuery,
    problem::Problem,
    scans::RunPage,
};

/// Runs that looked at the asset, newest first.
///
/// Also needs `assets:read`.
#[utoipa::path(get, path = "/assets/{id}/scans", tag = "assets",
    params(("id" = String, Path, description = "asset (`ast_…`)"), PageQuery),
    responses((status = 200, description = "a page of runs", body = RunPage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_asset_scans(
    caller: May<RunsRead>,
    Segment(id): Segment<AssetId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<RunPage>, Problem> {
    // An asset that is not the caller's is not there, rather than without runs.
    let asset_id = id.to_string();
    caller
        .assets()?
        .get_asset(GetAssetRequest {
            asset_id: asset_id.clone(),
        })
        .await?;
    let answer = caller
        .scans()?
        .list_runs(ListRunsRequest {
            page: Some(page.into()),
            asset_id,
            state: String::new(),
            kind: String::new(),
        })
        .await?
        .into_inner();
    RunPage::from_wire(answer.runs, answer.next_cursor).map(Json)
}
