//! Requests a run of exactly the check that saw an exposure (contracts §7).
use axum::{Json, http::StatusCode};
use wt_proto::scan::RequestRunRequest;

use crate::rest::{
    access::{ExposuresAct, May},
    extract::{ExposureKey, Segment},
    idempotency::IdempotencyKey,
    problem::Problem,
    scans::Run,
};

/// Looks again, at exactly this exposure.
///
/// Also needs `runs:create`.
#[utoipa::path(post, path = "/exposures/{key}/verify", tag = "exposures",
    params(("key" = String, Path, description = "exposure (`exp1_…`)"), IdempotencyKey),
    responses((status = 202, description = "the verify run", body = Run)),
    extensions(("x-permission" = json!("exposures:act"))))]
pub(crate) async fn verify_exposure(
    caller: May<ExposuresAct>,
    Segment(key): Segment<ExposureKey>,
    idempotency: IdempotencyKey,
) -> Result<(StatusCode, Json<Run>), Problem> {
    let run = caller
        .scans()?
        .request_run(RequestRunRequest {
            kind: "verify".to_owned(),
            profile: "verify".to_owned(),
            policy: "safe".to_owned(),
            exposure_keys: vec![key.to_string()],
            idempotency_key: idempotency.into_text(),
            ..RequestRunRequest::default()
        })
        .await?
        .into_inner()
        .run
        .ok_or_else(|| Problem::broken_answer("request_run.run"))?;
    // The orchestrator writes the line in the exposure's history.
    Ok((StatusCode::ACCEPTED, Json(run.try_into()?)))
}
