//! Archives an asset and withdraws its authorizations.
use axum::http::StatusCode;
use wt_model::AssetId;
use wt_proto::asset::ArchiveAssetRequest;

use crate::rest::{
    access::{AssetsWrite, May},
    extract::Segment,
    problem::Problem,
};

/// Archives an asset; its authorizations end and its exposures retire.
#[utoipa::path(delete, path = "/assets/{id}", tag = "assets",
    params(("id" = String, Path, description = "asset (`ast_…`)")),
    responses((status = 204, description = "archived")),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn archive_asset(
    caller: May<AssetsWrite>,
    Segment(id): Segment<AssetId>,
) -> Result<StatusCode, Problem> {
    caller
        .assets()?
        .archive_asset(ArchiveAssetRequest {
            asset_id: id.to_string(),
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
