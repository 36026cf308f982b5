//! Requested scans, their jobs and states.
mod cancel;
mod compare;
mod get;
mod jobs;
mod list;
mod request;
mod rerun;
mod transitions;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{ASSETS_PER_REQUEST_MAX, AssetId, Policy, Profile};
use wt_proto::scan as wire;

use super::{extract::Checked, moment::Moment, page::page, problem::Problem};
use crate::Edge;

/// Routes of `/scans`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list::list_scans, request::request_scan))
        .routes(routes!(request::trigger_scan))
        .routes(routes!(get::get_scan))
        .routes(routes!(cancel::cancel_scan))
        .routes(routes!(rerun::rerun_scan))
        .routes(routes!(compare::compare_scans))
        .routes(routes!(jobs::list_jobs))
        .routes(routes!(transitions::list_transitions))
}

/// One requested scan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Run {
    /// `run_…`
    pub(crate) id: String,
    /// Why it runs.
    #[schema(schema_with = crate::rest::words::run_kind)]
    pub(crate) kind: String,
    /// How much it looks at.
    #[schema(schema_with = crate::rest::words::profile)]
    pub(crate) profile: String,
    /// How hard it may press.
    #[schema(schema_with = crate::rest::words::policy)]
    pub(crate) policy: String,
    /// Where it is.
    #[schema(schema_with = crate::rest::words::run_state)]
    pub(crate) state: String,
    /// Why it ended as it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
    /// Who takes its jobs: `shared` or a private pool (`pol_…`).
    pub(crate) pool: String,
    /// What the private pool was called when the run was requested.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) pool_name: String,
    /// Of one run that is asked for: why it does not go on, such as a pool without workers.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) notice: String,
    /// What it looks at.
    pub(crate) asset_ids: Vec<String>,
    /// Its number among the organization's runs.
    pub(crate) seq: i64,
    /// When it was requested.
    pub(crate) created_at: Moment,
    /// When its first job began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Moment>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<Moment>,
    /// When it fails by itself if it makes no progress.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deadline_at: Option<Moment>,
    /// How its jobs stand.
    pub(crate) jobs: JobCounts,
    /// How its cells stand.
    pub(crate) cells: CellCounts,
    /// User id.
    pub(crate) requested_by: String,
    /// Of a verify run: what it repeats.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) exposure_keys: Vec<String>,
    /// Of one run that is asked for: the run whose failed parts it repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) repeats: Option<rerun::RunRef>,
    /// Of one run that is asked for: runs that repeat its failed parts, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) repeated_by: Vec<rerun::RunRef>,
    /// Of one run that is asked for: the schedule that requested it, while it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) schedule: Option<ScheduleRef>,
    /// Assets that were asked for and left out, in the answer to the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) refused: Vec<Refused>,
}

/// A schedule of the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleRef {
    /// `sch_…`
    id: String,
    /// Name.
    name: String,
}

impl From<wire::ScheduleRef> for ScheduleRef {
    fn from(it: wire::ScheduleRef) -> Self {
        Self {
            id: it.id,
            name: it.name,
        }
    }
}

/// Jobs of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobCounts {
    /// All.
    pub(crate) total: u32,
    /// Ended well.
    pub(crate) done: u32,
    /// Ended badly.
    pub(crate) failed: u32,
}

/// Cells of a run or job (contracts §4).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CellCounts {
    /// What will be looked at.
    pub(crate) planned: u64,
    /// What has an outcome.
    pub(crate) settled: u64,
}

/// An asset that may not be scanned.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Refused {
    /// Which.
    pub(crate) asset_id: String,
    /// Permanent code.
    pub(crate) code: String,
    /// Why.
    pub(crate) reason: String,
}

impl From<wire::RefusedTarget> for Refused {
    fn from(target: wire::RefusedTarget) -> Self {
        Self {
            asset_id: target.asset_id,
            code: target.code,
            reason: target.reason,
        }
    }
}

impl TryFrom<wire::Run> for Run {
    type Error = Problem;

    fn try_from(run: wire::Run) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("run.created_at", run.created_at.as_ref())?,
            started_at: Moment::maybe(run.started_at.as_ref()),
            finished_at: Moment::maybe(run.finished_at.as_ref()),
            deadline_at: Moment::maybe(run.deadline_at.as_ref()),
            id: run.id,
            kind: run.kind,
            profile: run.profile,
            policy: run.policy,
            state: run.state,
            reason: run.reason,
            pool: run.pool,
            pool_name: run.pool_name,
            notice: run.notice,
            asset_ids: run.asset_ids,
            seq: run.seq,
            jobs: JobCounts {
                total: run.jobs_total,
                done: run.jobs_done,
                failed: run.jobs_failed,
            },
            cells: CellCounts {
                planned: run.cells_planned,
                settled: run.cells_settled,
            },
            repeats: run.repeats.map(Into::into),
            repeated_by: run.repeated_by.into_iter().map(Into::into).collect(),
            schedule: run.schedule.map(Into::into),
            requested_by: run.requested_by,
            exposure_keys: run.exposure_keys,
            refused: Vec::new(),
        })
    }
}

page!(
    /// Runs of the organization.
    RunPage of Run
);

/// A scan to request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScan {
    /// What to look at; empty for every verified asset.
    #[schema(value_type = Vec<String>, max_items = 1000)]
    pub(crate) asset_ids: Vec<AssetId>,
    /// How much to look at.
    #[serde(default = "baseline")]
    #[schema(schema_with = crate::rest::words::profile, required = false)]
    pub(crate) profile: Profile,
    /// How hard it may press.
    #[serde(default = "safe")]
    #[schema(schema_with = crate::rest::words::policy, required = false)]
    pub(crate) policy: Policy,
    /// Ports such as `22,80,8000-8100`; the profile's when left out.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub(crate) ports: Option<String>,
    /// Who takes its jobs: `shared`, or a private pool (`pol_…`); the default pool when left out.
    #[serde(default)]
    #[schema(max_length = 40)]
    pub(crate) pool: Option<String>,
    /// Says what would be looked at and changes nothing.
    #[serde(default)]
    pub(crate) dry_run: bool,
}

pub(super) fn baseline() -> Profile {
    Profile::Baseline
}

pub(super) fn safe() -> Policy {
    Policy::Safe
}

impl Checked for NewScan {
    fn check(&self) -> Result<(), Problem> {
        if self.asset_ids.len() > ASSETS_PER_REQUEST_MAX {
            return Err(Problem::invalid_field(
                "asset_ids",
                format!("must hold at most {ASSETS_PER_REQUEST_MAX} assets"),
            ));
        }
        Ok(())
    }
}

/// What a scan would look at.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Plan {
    /// Hosts.
    pub(crate) hosts: u32,
    /// Cells.
    pub(crate) cells: u64,
    /// Jobs.
    pub(crate) jobs: u32,
    /// Assets that would be left out.
    pub(crate) refused: Vec<Refused>,
}

/// One shard of a run.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Job {
    /// `job_…`
    pub(crate) id: String,
    /// Its run.
    pub(crate) run_id: String,
    /// Where it is.
    #[schema(schema_with = crate::rest::words::job_state)]
    pub(crate) state: String,
    /// Attempts begun.
    pub(crate) attempt: u32,
    /// Who holds it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) worker_id: String,
    /// Why it ended as it did.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) reason: String,
    /// How its cells stand.
    pub(crate) cells: CellCounts,
    /// Hosts in it.
    pub(crate) hosts: u32,
    /// Assets they belong to.
    pub(crate) asset_ids: Vec<String>,
    /// When it was planned.
    pub(crate) created_at: Moment,
    /// When its first attempt began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) started_at: Option<Moment>,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) finished_at: Option<Moment>,
}

impl TryFrom<wire::JobStatus> for Job {
    type Error = Problem;

    fn try_from(job: wire::JobStatus) -> Result<Self, Problem> {
        Ok(Self {
            created_at: Moment::required("job.created_at", job.created_at.as_ref())?,
            started_at: Moment::maybe(job.started_at.as_ref()),
            finished_at: Moment::maybe(job.finished_at.as_ref()),
            id: job.id,
            run_id: job.run_id,
            state: job.state,
            attempt: job.attempt,
            worker_id: job.worker_id,
            reason: job.reason,
            cells: CellCounts {
                planned: job.cells_planned,
                settled: job.cells_settled,
            },
            hosts: job.hosts,
            asset_ids: job.asset_ids,
        })
    }
}

page!(
    /// Jobs of a run.
    JobPage of Job
);

/// A change of state of a run or one of its jobs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Transition {
    /// Absent for the run itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) job_id: String,
    /// Where it was; absent for the first.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) from_state: String,
    /// Where it went.
    pub(crate) to_state: String,
    /// Why.
    pub(crate) cause: String,
    /// When.
    pub(crate) at: Moment,
}

impl TryFrom<wire::Transition> for Transition {
    type Error = Problem;

    fn try_from(step: wire::Transition) -> Result<Self, Problem> {
        Ok(Self {
            at: Moment::required("transition.at", step.at.as_ref())?,
            job_id: step.job_id,
            from_state: step.from_state,
            to_state: step.to_state,
            cause: step.cause,
        })
    }
}

page!(
    /// Changes of state, oldest first.
    TransitionPage of Transition
);

/// Why a run is to stop.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cancellation {
    /// For the run's history.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub(crate) reason: String,
}

impl Checked for Cancellation {}
