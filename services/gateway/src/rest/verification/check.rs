//! Looks for an asset's proof now.
use axum::Json;
use wt_model::AssetId;
use wt_proto::asset::CheckVerificationRequest;

use super::Verification;
use crate::rest::{
    access::{AssetsWrite, May},
    extract::Segment,
    problem::Problem,
};

/// Looks for the proof now and says what each vantage point saw.
#[utoipa::path(post, path = "/assets/{id}/verification/check", tag = "verification",
    params(("id" = String, Path, description = "asset (`ast_…`)")),
    responses((status = 200, description = "how it stands now", body = Verification)),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn check_verification(
    caller: May<AssetsWrite>,
    Segment(id): Segment<AssetId>,
) -> Result<Json<Verification>, Problem> {
    let challenge = caller
        .assets()?
        .check_verification(CheckVerificationRequest {
            asset_id: id.to_string(),
        })
        .await?
        .into_inner()
        .verification
        .ok_or_else(|| Problem::broken_answer("check_verification.verification"))?;
    Ok(Json(challenge.try_into()?))
}
