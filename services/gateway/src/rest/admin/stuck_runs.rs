//! Runs that do not go on.
use axum::{Json, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;
use wt_model::RunId;
use wt_proto::scan as wire;

use crate::rest::{
    access::{May, PlatformOperate},
    extract::{OptionalBody, Params, Segment},
    moment::Moment,
    page::{PageQuery, page},
    problem::Problem,
    scans::Cancellation,
};

/// A run that does not go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StuckRun {
    /// `run_…`
    run_id: String,
    /// Whose it is.
    tenant_key: String,
    /// Why it runs.
    #[schema(schema_with = crate::rest::words::run_kind)]
    kind: String,
    /// Where it is.
    #[schema(schema_with = crate::rest::words::run_state)]
    state: String,
    /// `shared` or a private pool (`pol_…`).
    pool: String,
    /// Permanent: `past_deadline`, `not_settled`, `worker_silent`, `not_applied` or `not_taken`.
    problem: String,
    /// What that means.
    reason: String,
    /// What to do about it.
    advice: String,
    /// What helps: `dispatch`, `cancel`.
    may: Vec<String>,
    /// How its jobs stand.
    jobs: StuckJobs,
    /// When it was requested.
    created_at: Moment,
    /// When it fails by itself.
    deadline_at: Moment,
    /// When a worker, or results, was heard of last; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Moment>,
}

/// Jobs of a run that does not go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StuckJobs {
    /// No worker took them yet.
    waiting: u32,
    /// A worker has them.
    running: u32,
    /// Of those, with a worker that was not heard of for long.
    silent: u32,
    /// Reported, not yet applied.
    processing: u32,
}

impl TryFrom<wire::StuckRun> for StuckRun {
    type Error = Problem;

    fn try_from(run: wire::StuckRun) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("stuck_run.created_at", run.created_at.as_ref())?,
            deadline_at: Moment::required("stuck_run.deadline_at", run.deadline_at.as_ref())?,
            heard_at: Moment::maybe(run.heard_at.as_ref()),
            run_id: run.run_id,
            tenant_key: run.tenant_key,
            kind: run.kind,
            state: run.state,
            pool: run.pool,
            problem: run.problem,
            reason: run.reason,
            advice: run.advice,
            may: run.may,
            jobs: StuckJobs {
                waiting: run.jobs_waiting,
                running: run.jobs_running,
                silent: run.jobs_silent,
                processing: run.jobs_processing,
            },
        })
    }
}

page!(
    /// Runs that do not go on, oldest first.
    StuckRunPage of StuckRun
);

/// What became of a run that did not go on.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EndedRun {
    /// `run_…`
    run_id: String,
    /// Where it is.
    #[schema(schema_with = crate::rest::words::run_state)]
    state: String,
}

/// Jobs that were said again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DispatchedRun {
    /// `run_…`
    run_id: String,
    /// Jobs that were said again.
    dispatched: u32,
    /// Jobs that were heard of, or said, within the last 30 seconds.
    left_alone: u32,
    /// Whether there are more than one request sends.
    more: bool,
}

/// Runs that do not go on, with why and what helps: past their deadline, with a worker that is not
/// heard of, with results that are not applied, or with jobs nobody takes.
#[utoipa::path(get, path = "/admin/stuck-runs", tag = "admin", params(PageQuery),
    responses((status = 200, description = "a page of them", body = StuckRunPage)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn list_stuck_runs(
    caller: May<PlatformOperate>,
    Params(page): Params<PageQuery>,
) -> Result<Json<StuckRunPage>, Problem> {
    let request = wire::ListStuckRunsRequest {
        page: Some(page.into()),
    };
    let answer = caller.operations()?.list_stuck_runs(request).await?;
    let answer = answer.into_inner();
    StuckRunPage::from_wire(answer.runs, answer.next_cursor).map(Json)
}

/// Cancels a run of any organization, until its results are being processed; its organization
/// reads who did it and why in its audit.
#[utoipa::path(post, path = "/admin/stuck-runs/{run_id}/cancel", tag = "admin",
    params(("run_id" = String, Path, description = "run (`run_…`)")),
    request_body = Option<Cancellation>,
    responses((status = 202, description = "it stops", body = EndedRun)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn cancel_stuck_run(
    caller: May<PlatformOperate>,
    Segment(run): Segment<RunId>,
    OptionalBody(cancellation): OptionalBody<Cancellation>,
) -> Result<(StatusCode, Json<EndedRun>), Problem> {
    let request = wire::CancelStuckRunRequest {
        run_id: run.to_string(),
        reason: cancellation.reason,
    };
    let answer = caller.operations()?.cancel_stuck_run(request).await?;
    let wire::CancelStuckRunResponse { run_id, state } = answer.into_inner();
    Ok((StatusCode::ACCEPTED, Json(EndedRun { run_id, state })))
}

/// Says the jobs of a run again that nobody is heard of, and announces reported results again that
/// were not applied. Jobs under way are left alone; asking twice does it once.
#[utoipa::path(post, path = "/admin/stuck-runs/{run_id}/dispatch", tag = "admin",
    params(("run_id" = String, Path, description = "run (`run_…`)")),
    responses((status = 202, description = "they are on their way", body = DispatchedRun)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn dispatch_stuck_run(
    caller: May<PlatformOperate>,
    Segment(run): Segment<RunId>,
) -> Result<(StatusCode, Json<DispatchedRun>), Problem> {
    let request = wire::DispatchStuckRunRequest {
        run_id: run.to_string(),
    };
    let answer = caller.operations()?.dispatch_stuck_run(request).await?;
    let answer = answer.into_inner();
    Ok((
        StatusCode::ACCEPTED,
        Json(DispatchedRun {
            run_id: answer.run_id,
            dispatched: answer.dispatched,
            left_alone: answer.left_alone,
            more: answer.more,
        }),
    ))
}
