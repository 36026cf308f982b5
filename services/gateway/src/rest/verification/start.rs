//! Makes a challenge for an asset.
use axum::{Json, http::StatusCode};
use wt_model::AssetId;
use wt_proto::asset::StartVerificationRequest;

use super::{NewVerification, Verification};
use crate::rest::{
    access::{AssetsWrite, May},
    extract::{Body, Segment},
    problem::Problem,
};

/// Makes a challenge: a record or file that only the owner can place.
#[utoipa::path(post, path = "/assets/{id}/verification", tag = "verification",
    params(("id" = String, Path, description = "asset (`ast_…`)")),
    request_body = NewVerification,
    responses((status = 201, description = "the challenge", body = Verification)),
    extensions(("x-permission" = json!("assets:write"))))]
pub(crate) async fn start_verification(
    caller: May<AssetsWrite>,
    Segment(id): Segment<AssetId>,
    Body(new): Body<NewVerification>,
) -> Result<(StatusCode, Json<Verification>), Problem> {
    let challenge = caller
        .assets()?
        .start_verification(StartVerificationRequest {
            asset_id: id.to_string(),
            method: new.method.to_string(),
        })
        .await?
        .into_inner()
        .verification
        .ok_or_else(|| Problem::broken_answer("start_verification.verification"))?;
    Ok((StatusCode::CREATED, Json(challenge.try_into()?)))
}
