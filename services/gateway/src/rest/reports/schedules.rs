//! Reports that are asked for by themselves.
use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_model::{ReportScheduleId, ViewId};
use wt_proto::report as wire;

use super::ReportKind;
use crate::rest::{
    access::{May, ReportsCreate, ReportsRead},
    every::Every,
    extract::{Body, Checked, Segment},
    moment::Moment,
    page::page,
    problem::Problem,
};

/// A schedule to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReportSchedule {
    /// Name.
    #[schema(min_length = 1, max_length = 80)]
    name: String,
    // Its type says what it is: a doc comment here would become a second schema that no word fits.
    #[serde(default)]
    #[schema(inline)]
    kind: ReportKind,
    /// The grammar of docs/guides/filters.md; everything when left out.
    #[serde(default)]
    #[schema(max_length = 1024, example = "severity>=high")]
    filter: String,
    /// A saved view instead of a filter (`viw_…`), as it is now.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    view_id: Option<ViewId>,
    // As `kind`.
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
}

impl Checked for NewReportSchedule {}

/// Whether a schedule goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SchedulePause {
    /// True: nothing is written until it goes on.
    paused: bool,
}

impl Checked for SchedulePause {}

/// When reports are written by themselves; each is about the time since the one before.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReportSchedule {
    /// `rsc_…`
    id: String,
    /// Name.
    name: String,
    /// For whom they are written.
    kind: ReportKind,
    /// What they are about; empty for everything.
    filter: String,
    /// Name of the view the filter came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    view_name: String,
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
    /// Whether nothing is written until it goes on.
    paused: bool,
    /// When the next is written, unless it is paused.
    next_at: Moment,
    /// Who made it.
    created_by: String,
    /// When.
    created_at: Moment,
}

impl TryFrom<wire::ReportSchedule> for ReportSchedule {
    type Error = Problem;

    fn try_from(it: wire::ReportSchedule) -> Result<Self, Problem> {
        Ok(Self {
            kind: ReportKind::of(&it.kind)?,
            every: Every::of("report_schedule.every", &it.every)?,
            next_at: Moment::required("report_schedule.next_at", it.next_at.as_ref())?,
            created_at: Moment::required("report_schedule.created_at", it.created_at.as_ref())?,
            id: it.id,
            name: it.name,
            filter: it.filter,
            view_name: it.view_name,
            weekday: it.weekday,
            day: it.day,
            at: it.at,
            zone: it.zone,
            paused: it.paused,
            created_by: it.created_by,
        })
    }
}

page!(
    /// Schedules of reports, by name.
    ReportSchedulePage of ReportSchedule
);

/// Every schedule of the organization.
#[utoipa::path(get, path = "/report-schedules", tag = "reports",
    responses((status = 200, description = "the schedules", body = ReportSchedulePage)),
    extensions(("x-permission" = json!("reports:read"))))]
pub(crate) async fn list_report_schedules(
    caller: May<ReportsRead>,
) -> Result<Json<ReportSchedulePage>, Problem> {
    let request = wire::ListReportSchedulesRequest {};
    let answer = caller.reports()?.list_report_schedules(request).await?;
    ReportSchedulePage::from_wire(answer.into_inner().schedules, String::new()).map(Json)
}

/// Keeps a schedule.
///
/// Also needs `exposures:read`.
#[utoipa::path(post, path = "/report-schedules", tag = "reports", request_body = NewReportSchedule,
    responses((status = 201, description = "kept", body = ReportSchedule)),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn create_report_schedule(
    caller: May<ReportsCreate>,
    Body(new): Body<NewReportSchedule>,
) -> Result<(StatusCode, Json<ReportSchedule>), Problem> {
    let request = wire::CreateReportScheduleRequest {
        name: new.name,
        kind: new.kind.as_str().to_owned(),
        filter: new.filter,
        view_id: new.view_id.map(|view| view.to_string()).unwrap_or_default(),
        every: new.every.as_str().to_owned(),
        weekday: new.weekday,
        day: new.day,
        at: new.at,
        zone: new.zone,
    };
    let answer = caller.reports()?.create_report_schedule(request).await?;
    let schedule = shown(answer.into_inner().schedule)?;
    Ok((StatusCode::CREATED, Json(schedule)))
}

/// Pauses a schedule, or lets it go on with its next time.
#[utoipa::path(patch, path = "/report-schedules/{id}", tag = "reports", request_body = SchedulePause,
    params(("id" = String, Path, description = "schedule (`rsc_…`)")),
    responses((status = 200, description = "as it is now", body = ReportSchedule)),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn pause_report_schedule(
    caller: May<ReportsCreate>,
    Segment(id): Segment<ReportScheduleId>,
    Body(change): Body<SchedulePause>,
) -> Result<Json<ReportSchedule>, Problem> {
    let request = wire::PauseReportScheduleRequest {
        schedule_id: id.to_string(),
        paused: change.paused,
    };
    let answer = caller.reports()?.pause_report_schedule(request).await?;
    shown(answer.into_inner().schedule).map(Json)
}

/// Forgets a schedule; its reports stay.
#[utoipa::path(delete, path = "/report-schedules/{id}", tag = "reports",
    params(("id" = String, Path, description = "schedule (`rsc_…`)")),
    responses((status = 204, description = "forgotten")),
    extensions(("x-permission" = json!("reports:create"))))]
pub(crate) async fn delete_report_schedule(
    caller: May<ReportsCreate>,
    Segment(id): Segment<ReportScheduleId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteReportScheduleRequest {
        schedule_id: id.to_string(),
    };
    caller.reports()?.delete_report_schedule(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn shown(schedule: Option<wire::ReportSchedule>) -> Result<ReportSchedule, Problem> {
    schedule
        .ok_or_else(|| Problem::broken_answer("report_schedule"))?
        .try_into()
}
