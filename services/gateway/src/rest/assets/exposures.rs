//! Lists what is exposed on an asset.
use axum::response::Response;
use wt_model::AssetId;
use wt_proto::{asset::GetAssetRequest, results::ListExposuresRequest};

use crate::rest::{
    access::{ExposuresRead, May},
    exposures::ExposurePage,
    extract::{Params, Segment},
    page::PageQuery,
    problem::Problem,
};

/// Exposures of the asset, worst first.
///
/// Also needs `assets:read`.
#[utoipa::path(get, path = "/assets/{id}/exposures", tag = "assets",
    params(("id" = String, Path, description = "asset (`ast_…`)"), PageQuery),
    responses((status = 200, description = "a page of exposures", body = ExposurePage)),
    extensions(("x-permission" = json!("exposures:read"))))]
pub(crate) async fn list_asset_exposures(
    caller: May<ExposuresRead>,
    Segment(id): Segment<AssetId>,
    Params(page): Params<PageQuery>,
) -> Result<Response, Problem> {
    // An asset that is not the caller's is not there, rather than without exposures.
    let asset_id = id.to_string();
    caller
        .assets()?
        .get_asset(GetAssetRequest {
            asset_id: asset_id.clone(),
        })
        .await?;
    let answer = caller
        .results()?
        .list_exposures(ListExposuresRequest {
            page: Some(page.into()),
            asset_id,
            as_json: true,
            ..ListExposuresRequest::default()
        })
        .await?
        .into_inner();
    ExposurePage::pass_on(answer)
}
