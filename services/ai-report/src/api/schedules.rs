//! Schedules of reports: kept, listed, paused, forgotten.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{Permission, Principal, ReportScheduleId, TypedId};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, report};
use wt_schedule::Schedule;

use super::{Api, request_report::filter};
use crate::{
    domain::subject::ReportKind,
    error::ReportFault,
    store::{self, schedule::ScheduleRow},
};

/// Most schedules of an organization.
const SCHEDULES_MAX: i64 = 50;
/// Longest name, characters.
const NAME_CHARS_MAX: usize = 80;

/// Every schedule of the organization.
pub(super) async fn list_schedules(
    api: &Api,
    principal: &Principal,
) -> Result<report::ListReportSchedulesResponse, ReportFault> {
    may(principal, Permission::ReportsRead)?;
    let mut tx = api.pool.begin_read(principal, "list_schedules").await?;
    let rows = store::schedule::list(&mut tx).await?;
    tx.commit().await?;
    Ok(report::ListReportSchedulesResponse {
        schedules: rows.into_iter().map(Into::into).collect(),
    })
}

/// Keeps a new schedule. Its reports are written in the service's name, so whoever makes it has to
/// see what they show.
pub(super) async fn create_schedule(
    api: &Api,
    principal: &Principal,
    request: report::CreateReportScheduleRequest,
) -> Result<report::CreateReportScheduleResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    may(principal, Permission::ExposuresRead)?;
    let kind = ReportKind::of(&request.kind)
        .ok_or_else(|| ReportFault::field("kind", "expected executive or technical"))?;
    let name = name(&request.name)?;
    let schedule = Schedule::of(
        &request.every,
        request.weekday,
        request.day,
        &request.at,
        &request.zone,
    )
    .map_err(|fault| ReportFault::field(fault.field(), fault))?;
    let now = OffsetDateTime::now_utc();
    let next_at = schedule
        .next(now)
        .map_err(|fault| ReportFault::field(fault.field(), fault))?;
    let (filter, view_name) = filter(api, principal, &request.filter, &request.view_id).await?;
    let row = ScheduleRow {
        id: ReportScheduleId::from_ulid(Ulid::generate()).to_string(),
        name,
        kind: kind.word().to_owned(),
        filter,
        view_name,
        every: request.every,
        weekday: i32::try_from(request.weekday).unwrap_or_default(),
        day: i32::try_from(request.day).unwrap_or_default(),
        at: request.at,
        zone: request.zone,
        paused: false,
        next_at,
        created_by: principal.sub.clone(),
        created_at: now,
    };
    let mut tx = api.pool.begin(principal, "create_schedule").await?;
    if !store::schedule::insert(&mut tx, &row, SCHEDULES_MAX).await? {
        return Err(ReportFault::SchedulesTooMany);
    }
    record(&mut tx, "report.schedule.create", None, Some(&row)).await?;
    tx.commit().await?;
    Ok(report::CreateReportScheduleResponse {
        schedule: Some(row.into()),
    })
}

/// Pauses a schedule, or lets it go on with the next time from now.
pub(super) async fn pause_schedule(
    api: &Api,
    principal: &Principal,
    request: report::PauseReportScheduleRequest,
) -> Result<report::PauseReportScheduleResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let id = schedule_id(&request.schedule_id)?;
    let mut tx = api.pool.begin(principal, "pause_schedule").await?;
    let before = store::schedule::lock(&mut tx, id).await?;
    let before = before.ok_or(ReportFault::ScheduleUnknown)?;
    let next_at = before
        .schedule()?
        .next(OffsetDateTime::now_utc())
        .map_err(|fault| ReportFault::inconsistent("report.schedules", fault))?;
    let after = ScheduleRow {
        paused: request.paused,
        next_at,
        ..before.clone()
    };
    store::schedule::update(&mut tx, id, next_at, request.paused).await?;
    record(
        &mut tx,
        "report.schedule.pause",
        Some(&before),
        Some(&after),
    )
    .await?;
    tx.commit().await?;
    Ok(report::PauseReportScheduleResponse {
        schedule: Some(after.into()),
    })
}

/// Forgets a schedule; its reports stay.
pub(super) async fn delete_schedule(
    api: &Api,
    principal: &Principal,
    request: report::DeleteReportScheduleRequest,
) -> Result<report::DeleteReportScheduleResponse, ReportFault> {
    may(principal, Permission::ReportsCreate)?;
    let id = schedule_id(&request.schedule_id)?;
    let mut tx = api.pool.begin(principal, "delete_schedule").await?;
    let before = store::schedule::lock(&mut tx, id).await?;
    let before = before.ok_or(ReportFault::ScheduleUnknown)?;
    store::schedule::delete(&mut tx, id).await?;
    record(&mut tx, "report.schedule.delete", Some(&before), None).await?;
    tx.commit().await?;
    Ok(report::DeleteReportScheduleResponse {})
}

impl ScheduleRow {
    /// Its times.
    pub(crate) fn schedule(&self) -> Result<Schedule, ReportFault> {
        let number = |value: i32| u32::try_from(value).unwrap_or_default();
        let (weekday, day) = (number(self.weekday), number(self.day));
        Schedule::of(&self.every, weekday, day, &self.at, &self.zone).map_err(|fault| {
            ReportFault::inconsistent(format!("report.schedules of {}", self.id), fault)
        })
    }
}

impl From<ScheduleRow> for report::ReportSchedule {
    fn from(row: ScheduleRow) -> Self {
        let number = |value: i32| u32::try_from(value).unwrap_or_default();
        Self {
            id: row.id,
            name: row.name,
            kind: row.kind,
            filter: row.filter,
            view_name: row.view_name,
            every: row.every,
            weekday: number(row.weekday),
            day: number(row.day),
            at: row.at,
            zone: row.zone,
            paused: row.paused,
            next_at: Some(to_timestamp(row.next_at)),
            created_by: row.created_by,
            created_at: Some(to_timestamp(row.created_at)),
        }
    }
}

fn name(text: &str) -> Result<String, ReportFault> {
    let short = (1..=NAME_CHARS_MAX).contains(&text.chars().count());
    if !short || text.trim().is_empty() || text.chars().any(char::is_control) {
        let reason = format!("expected 1 to {NAME_CHARS_MAX} printable characters");
        return Err(ReportFault::field("name", reason));
    }
    Ok(text.to_owned())
}

/// Reads an identifier of a request. One that can't be is no schedule of anybody's.
fn schedule_id(text: &str) -> Result<ReportScheduleId, ReportFault> {
    text.parse().map_err(|_| ReportFault::ScheduleUnknown)
}

async fn record(
    tx: &mut TenantTx,
    action: &'static str,
    before: Option<&ScheduleRow>,
    after: Option<&ScheduleRow>,
) -> Result<(), ReportFault> {
    let id = after
        .or(before)
        .map(|row| row.id.clone())
        .unwrap_or_default();
    let said = |row: &ScheduleRow| {
        serde_json::json!({
            "name": row.name, "kind": row.kind, "filter": row.filter, "every": row.every,
            "at": row.at, "zone": row.zone, "paused": row.paused,
        })
    };
    let (before, after) = (before.map(said), after.map(said));
    wt_audit::record(tx, action, &id, before.as_ref(), after.as_ref()).await?;
    Ok(())
}
