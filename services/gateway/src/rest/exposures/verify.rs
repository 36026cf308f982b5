//! Requests a run of exactly the check that saw an exposure (contracts §7).
use axum::{Json, http::StatusCode};
use wt_model::ActionKind;
use wt_proto::{results::RecordActionRequest, scan::RequestRunRequest};

use crate::rest::{
    access::{ExposuresAct, May},
    extract::{ExposureKey, Segment},
    idempotency::IdempotencyKey,
    problem::Problem,
    scans::Run,
};

/// Looks again, at exactly this exposure.
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
    // The run exists and says who asked; its line in the exposure's history is for readers, and
    // losing it must not look as if there were no run.
    let noted = caller
        .results()?
        .record_action(RecordActionRequest {
            key: key.to_string(),
            kind: ActionKind::RequestVerify.to_string(),
            run_id: run.id.clone(),
            ..RecordActionRequest::default()
        })
        .await;
    if let Err(status) = noted {
        tracing::warn!(error = %status, run.id, "a verify run is missing from its exposure's history");
    }
    Ok((StatusCode::ACCEPTED, Json(run.try_into()?)))
}
