//! Stops a run.
use axum::{Json, http::StatusCode};
use wt_model::RunId;
use wt_proto::scan::CancelRunRequest;

use super::{Cancellation, Run};
use crate::rest::{
    access::{May, RunsCreate},
    extract::{OptionalBody, Segment},
    problem::Problem,
};

/// Stops a run; accepted until its results are being processed.
#[utoipa::path(post, path = "/scans/{run_id}/cancel", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)")),
    request_body = Option<Cancellation>,
    responses((status = 202, description = "it stops", body = Run)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn cancel_scan(
    caller: May<RunsCreate>,
    Segment(run): Segment<RunId>,
    OptionalBody(cancellation): OptionalBody<Cancellation>,
) -> Result<(StatusCode, Json<Run>), Problem> {
    let answer = caller
        .scans()?
        .cancel_run(CancelRunRequest {
            run_id: run.to_string(),
            reason: cancellation.reason,
        })
        .await?
        .into_inner();
    if let Some(tenant) = caller.principal().tenant_key {
        caller.edge().recent_runs().forget(tenant).await;
    }
    let run = answer
        .run
        .ok_or_else(|| Problem::broken_answer("cancel_run.run"))?;
    Ok((StatusCode::ACCEPTED, Json(run.try_into()?)))
}
