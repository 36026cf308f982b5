//! Runs the failed parts of a run again.
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::RunId;
use wt_proto::scan::{self as wire, RequestRunResponse, RerunFailedRequest};

use super::{Plan, Run, request::begun};
use crate::rest::{
    access::{May, RunsCreate},
    extract::{Checked, OptionalBody, Segment},
    idempotency::IdempotencyKey,
    problem::Problem,
};

/// Another run of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RunRef {
    /// `run_…`
    id: String,
    /// Its number among the organization's runs.
    seq: i64,
    /// Where it is.
    #[schema(schema_with = crate::rest::words::run_state)]
    state: String,
}

impl From<wire::RunRef> for RunRef {
    fn from(run: wire::RunRef) -> Self {
        Self {
            id: run.id,
            seq: run.seq,
            state: run.state,
        }
    }
}

/// How to run the failed parts again.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rerun {
    /// Says what would be looked at and changes nothing.
    #[serde(default)]
    dry_run: bool,
}

impl Checked for Rerun {}

/// Requests a new run of exactly the jobs of a run that brought no result: the same hosts, ports and
/// checks, as far as they may be scanned now. Refused while the run goes on, and when every part of
/// it brought a result. Of a run that verifies, whoever asks has to be allowed to verify, too.
#[utoipa::path(post, path = "/scans/{run_id}/rerun", tag = "scans",
    params(("run_id" = String, Path, description = "run (`run_…`)"), IdempotencyKey),
    request_body = Option<Rerun>,
    responses(
        (status = 202, description = "requested", body = Run),
        (status = 200, description = "what a dry run would look at", body = Plan)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn rerun_scan(
    caller: May<RunsCreate>,
    Segment(run): Segment<RunId>,
    key: IdempotencyKey,
    OptionalBody(Rerun { dry_run }): OptionalBody<Rerun>,
) -> Result<Response, Problem> {
    let request = RerunFailedRequest {
        run_id: run.to_string(),
        dry_run,
        idempotency_key: key.into_text(),
    };
    let answer = caller.scans()?.rerun_failed(request).await?.into_inner();
    let answer = RequestRunResponse {
        run: answer.run,
        hosts: answer.hosts,
        jobs: answer.jobs,
        cells: answer.cells,
        refused: answer.refused,
    };
    begun(&caller, answer, dry_run).await
}
