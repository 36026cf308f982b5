//! Shows one asset.
use axum::Json;
use wt_model::AssetId;
use wt_proto::asset::GetAssetRequest;

use super::Asset;
use crate::rest::{
    access::{AssetsRead, May},
    extract::Segment,
    problem::Problem,
};

/// One asset.
#[utoipa::path(get, path = "/assets/{id}", tag = "assets",
    params(("id" = String, Path, description = "asset (`ast_…`)")),
    responses((status = 200, description = "the asset", body = Asset)),
    extensions(("x-permission" = json!("assets:read"))))]
pub(crate) async fn get_asset(
    caller: May<AssetsRead>,
    Segment(id): Segment<AssetId>,
) -> Result<Json<Asset>, Problem> {
    let asset = caller
        .assets()?
        .get_asset(GetAssetRequest {
            asset_id: id.to_string(),
        })
        .await?
        .into_inner()
        .asset
        .ok_or_else(|| Problem::broken_answer("get_asset.asset"))?;
    let mut asset = Asset::try_from(asset)?;
    asset.last_run = super::last_run::of(&caller, asset.id.clone()).await;
    Ok(Json(asset))
}
