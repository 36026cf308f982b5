//! Registers many assets, with an answer for each.
use axum::Json;
use wt_proto::asset::RegisterAssetsRequest;

use super::{NewAssets, RegisteredAssets};
use crate::rest::{
    access::{AssetsWrite, May},
    extract::Body,
    problem::Problem,
};

/// Registers many assets; each line has its own answer.
#[utoipa::path(post, path = "/assets/bulk", tag = "assets", request_body = NewAssets,
    responses((status = 200, description = "an answer a line", body = RegisteredAssets)),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn register_assets(
    caller: May<AssetsWrite>,
    Body(new): Body<NewAssets>,
) -> Result<Json<RegisteredAssets>, Problem> {
    let answer = caller
        .assets()?
        .register_assets(RegisterAssetsRequest {
            assets: new.assets.into_iter().map(Into::into).collect(),
        })
        .await?
        .into_inner();
    Ok(Json(RegisteredAssets {
        results: answer
            .results
            .into_iter()
            .map(TryFrom::try_from)
            .collect::<Result<_, _>>()?,
    }))
}
