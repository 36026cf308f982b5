//! Scans that are requested by themselves.
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{ASSETS_PER_REQUEST_MAX, AssetId, Policy, Profile, ScanScheduleId};
use wt_proto::scan as wire;

use super::{
    access::{May, RunsCreate, RunsRead},
    every::Every,
    extract::{Body, Checked, Segment},
    moment::Moment,
    page::page,
    problem::Problem,
    scans::{baseline, safe},
};
use crate::Edge;

/// Routes of `/schedules`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_schedules, create_schedule))
        .routes(routes!(update_schedule, delete_schedule))
}

/// A schedule to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewScanSchedule {
    /// Name.
    #[schema(min_length = 1, max_length = 60, example = "Every morning")]
    name: String,
    /// What to look at; every asset that is verified by then when left out.
    #[serde(default)]
    #[schema(value_type = Vec<String>, max_items = 1000)]
    asset_ids: Vec<AssetId>,
    /// How much to look at.
    #[serde(default = "baseline")]
    #[schema(schema_with = crate::rest::words::profile, required = false)]
    profile: Profile,
    /// How hard it may press.
    #[serde(default = "safe")]
    #[schema(schema_with = crate::rest::words::policy, required = false)]
    policy: Policy,
    /// Ports such as `22,80,8000-8100`; the profile's when left out.
    #[serde(default)]
    #[schema(max_length = 1000)]
    ports: String,
    /// Who takes its jobs: `shared`, or a private pool (`pol_…`); the default pool when left out.
    #[serde(default)]
    #[schema(max_length = 40)]
    pool: String,
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[schema(inline)]
    every: Every,
    /// Of `week`: 1 (Monday) to 7 (Sunday).
    #[serde(default)]
    #[schema(minimum = 0, maximum = 7)]
    weekday: u32,
    /// Of `month`: 1 to 31; the last of a shorter month.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 31)]
    day: u32,
    /// Local time.
    #[schema(example = "06:30")]
    at: String,
    /// The time zone it is one of (IANA).
    #[schema(example = "Europe/Berlin")]
    zone: String,
    /// Whether nothing is requested until it goes on.
    #[serde(default)]
    paused: bool,
}

impl Checked for NewScanSchedule {
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

impl From<NewScanSchedule> for wire::Schedule {
    fn from(new: NewScanSchedule) -> Self {
        Self {
            name: new.name,
            profile: new.profile.to_string(),
            policy: new.policy.to_string(),
            asset_ids: new.asset_ids.iter().map(ToString::to_string).collect(),
            ports: new.ports,
            pool: new.pool,
            every: new.every.as_str().to_owned(),
            weekday: new.weekday,
            day: new.day,
            at: new.at,
            zone: new.zone,
            paused: new.paused,
            ..Self::default()
        }
    }
}

/// When scans are requested by themselves, in the organization's name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScanSchedule {
    /// `sch_…`
    id: String,
    /// Name.
    name: String,
    /// What they look at; empty for every asset that is verified by then.
    asset_ids: Vec<String>,
    /// How much they look at.
    #[schema(schema_with = crate::rest::words::profile)]
    profile: String,
    /// How hard they may press.
    #[schema(schema_with = crate::rest::words::policy)]
    policy: String,
    /// Ports; empty for the profile's.
    ports: String,
    /// Who takes their jobs: `shared` or a private pool (`pol_…`); empty for the default.
    pool: String,
    /// How often.
    every: Every,
    /// Of `week`: 1 (Monday) to 7 (Sunday).
    weekday: u32,
    /// Of `month`: 1 to 31.
    day: u32,
    /// Local time.
    at: String,
    /// The time zone it is one of.
    zone: String,
    /// Whether nothing is requested until it goes on.
    paused: bool,
    /// When the next is requested, unless it is paused.
    next_at: Moment,
    /// The last time that came.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_at: Option<Moment>,
    /// The run it gave (`run_…`).
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    last_run_id: String,
    /// Why it gave none.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    last_skipped: String,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: Moment,
}

impl TryFrom<wire::Schedule> for ScanSchedule {
    type Error = Problem;

    fn try_from(it: wire::Schedule) -> Result<Self, Problem> {
        Ok(Self {
            every: Every::of("schedule.every", &it.every)?,
            next_at: Moment::required("schedule.next_at", it.next_at.as_ref())?,
            last_at: Moment::maybe(it.last_at.as_ref()),
            created_at: Moment::required("schedule.created_at", it.created_at.as_ref())?,
            id: it.id,
            name: it.name,
            asset_ids: it.asset_ids,
            profile: it.profile,
            policy: it.policy,
            ports: it.ports,
            pool: it.pool,
            weekday: it.weekday,
            day: it.day,
            at: it.at,
            zone: it.zone,
            paused: it.paused,
            last_run_id: it.last_run_id,
            last_skipped: it.last_skipped,
            created_by: it.created_by,
        })
    }
}

page!(
    /// Schedules of scans, by name.
    ScanSchedulePage of ScanSchedule
);

/// Every schedule of the organization.
#[utoipa::path(get, path = "/schedules", tag = "scans",
    responses((status = 200, description = "the schedules", body = ScanSchedulePage)),
    extensions(("x-permission" = json!("runs:read"))))]
pub(crate) async fn list_schedules(
    caller: May<RunsRead>,
) -> Result<Json<ScanSchedulePage>, Problem> {
    let request = wire::ListSchedulesRequest {};
    let answer = caller.scans()?.list_schedules(request).await?;
    ScanSchedulePage::from_wire(answer.into_inner().schedules, String::new()).map(Json)
}

/// Keeps a schedule.
#[utoipa::path(post, path = "/schedules", tag = "scans", request_body = NewScanSchedule,
    responses((status = 201, description = "kept", body = ScanSchedule)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn create_schedule(
    caller: May<RunsCreate>,
    Body(new): Body<NewScanSchedule>,
) -> Result<(StatusCode, Json<ScanSchedule>), Problem> {
    let request = wire::CreateScheduleRequest {
        schedule: Some(new.into()),
    };
    let answer = caller.scans()?.create_schedule(request).await?;
    let schedule = shown(answer.into_inner().schedule)?;
    Ok((StatusCode::CREATED, Json(schedule)))
}

/// Replaces what a schedule asks for and when, pauses it, or lets it go on with its next time.
#[utoipa::path(put, path = "/schedules/{id}", tag = "scans", request_body = NewScanSchedule,
    params(("id" = String, Path, description = "schedule (`sch_…`)")),
    responses((status = 200, description = "as it is now", body = ScanSchedule)),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn update_schedule(
    caller: May<RunsCreate>,
    Segment(id): Segment<ScanScheduleId>,
    Body(new): Body<NewScanSchedule>,
) -> Result<Json<ScanSchedule>, Problem> {
    let request = wire::UpdateScheduleRequest {
        schedule_id: id.to_string(),
        schedule: Some(new.into()),
    };
    let answer = caller.scans()?.update_schedule(request).await?;
    shown(answer.into_inner().schedule).map(Json)
}

/// Forgets a schedule; its runs stay.
#[utoipa::path(delete, path = "/schedules/{id}", tag = "scans",
    params(("id" = String, Path, description = "schedule (`sch_…`)")),
    responses((status = 204, description = "forgotten")),
    extensions(("x-permission" = json!("runs:create"))))]
pub(crate) async fn delete_schedule(
    caller: May<RunsCreate>,
    Segment(id): Segment<ScanScheduleId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteScheduleRequest {
        schedule_id: id.to_string(),
    };
    caller.scans()?.delete_schedule(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(schedule: Option<wire::Schedule>) -> Result<ScanSchedule, Problem> {
    schedule
        .ok_or_else(|| Problem::broken_answer("schedule"))?
        .try_into()
}
