//! Shows how an asset's challenge stands.
use axum::Json;
use wt_model::AssetId;
use wt_proto::asset::GetVerificationRequest;

use super::Verification;
use crate::rest::{
    access::{AssetsRead, May},
    extract::Segment,
    problem::Problem,
};

/// The newest challenge of an asset.
#[utoipa::path(get, path = "/assets/{id}/verification", tag = "verification",
    params(("id" = String, Path, description = "asset (`ast_…`)")),
    responses((status = 200, description = "the challenge", body = Verification)),
    extensions(("x-permission" = json!("assets:read"))))]
pub(crate) async fn get_verification(
    caller: May<AssetsRead>,
    Segment(id): Segment<AssetId>,
) -> Result<Json<Verification>, Problem> {
    let challenge = caller
        .assets()?
        .get_verification(GetVerificationRequest {
            asset_id: id.to_string(),
        })
        .await?
        .into_inner()
        .verification
        .ok_or_else(|| Problem::broken_answer("get_verification.verification"))?;
    Ok(Json(challenge.try_into()?))
}
