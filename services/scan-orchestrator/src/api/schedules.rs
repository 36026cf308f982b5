//! Schedules of scans: kept, listed, changed, forgotten.

use time::OffsetDateTime;
use ulid::Ulid;
use wt_auth::may;
use wt_model::{AssetId, Permission, Principal, ScanScheduleId, TypedId};
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, scan};
use wt_schedule::Schedule;

use super::{Api, request_run};
use crate::{
    domain::pool::read_name,
    error::ScanFault,
    planning::Wanted,
    store::{self, schedule::ScheduleRow},
    wire,
};

/// Most schedules of an organization.
const SCHEDULES_MAX: i64 = 50;

/// Every schedule of the organization.
pub(super) async fn list(
    api: &Api,
    principal: &Principal,
) -> Result<scan::ListSchedulesResponse, ScanFault> {
    may(principal, Permission::RunsRead)?;
    let mut tx = api.pool.begin_read(principal, "list_schedules").await?;
    let rows = store::schedule::list(&mut tx).await?;
    tx.commit().await?;
    Ok(scan::ListSchedulesResponse {
        schedules: rows.into_iter().map(shown).collect(),
    })
}

/// Keeps a new schedule. Its runs are requested in the organization's name, whatever becomes of
/// who made it.
pub(super) async fn create(
    api: &Api,
    principal: &Principal,
    request: scan::CreateScheduleRequest,
) -> Result<scan::CreateScheduleResponse, ScanFault> {
    may(principal, Permission::RunsCreate)?;
    let now = OffsetDateTime::now_utc();
    let id = ScanScheduleId::from_ulid(Ulid::generate());
    let row = ScheduleRow {
        id: id.to_string(),
        created_by: principal.sub.clone(),
        created_at: now,
        ..read(request.schedule.unwrap_or_default(), now)?
    };
    let mut tx = api.pool.begin(principal, "create_schedule").await?;
    if !store::schedule::insert(&mut tx, &row, SCHEDULES_MAX).await? {
        return Err(ScanFault::SchedulesTooMany {
            most: SCHEDULES_MAX,
        });
    }
    record(&mut tx, "schedule.create", &row.id, None, Some(&row)).await?;
    tx.commit().await?;
    Ok(scan::CreateScheduleResponse {
        schedule: Some(shown(row)),
    })
}

/// Replaces what a schedule asks for and when; what was missed while it was paused is not made up
/// for.
pub(super) async fn update(
    api: &Api,
    principal: &Principal,
    request: scan::UpdateScheduleRequest,
) -> Result<scan::UpdateScheduleResponse, ScanFault> {
    may(principal, Permission::RunsCreate)?;
    let id = schedule_id(&request.schedule_id)?;
    let wanted = read(
        request.schedule.unwrap_or_default(),
        OffsetDateTime::now_utc(),
    )?;
    let mut tx = api.pool.begin(principal, "update_schedule").await?;
    let before = store::schedule::lock(&mut tx, id).await?;
    let before = before.ok_or(ScanFault::ScheduleUnknown)?;
    let kept = before.clone();
    let after = ScheduleRow {
        id: kept.id,
        created_by: kept.created_by,
        created_at: kept.created_at,
        last_at: kept.last_at,
        last_run_id: kept.last_run_id,
        last_skipped: kept.last_skipped,
        ..wanted
    };
    store::schedule::update(&mut tx, &after).await?;
    let (was, is) = (Some(&before), Some(&after));
    record(&mut tx, "schedule.change", &after.id, was, is).await?;
    tx.commit().await?;
    Ok(scan::UpdateScheduleResponse {
        schedule: Some(shown(after)),
    })
}

/// Forgets a schedule; its runs stay.
pub(super) async fn delete(
    api: &Api,
    principal: &Principal,
    request: scan::DeleteScheduleRequest,
) -> Result<scan::DeleteScheduleResponse, ScanFault> {
    may(principal, Permission::RunsCreate)?;
    let id = schedule_id(&request.schedule_id)?;
    let mut tx = api.pool.begin(principal, "delete_schedule").await?;
    let before = store::schedule::lock(&mut tx, id).await?;
    let before = before.ok_or(ScanFault::ScheduleUnknown)?;
    store::schedule::delete(&mut tx, id).await?;
    record(&mut tx, "schedule.remove", &before.id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(scan::DeleteScheduleResponse {})
}

/// Reads what was sent; what is the service's is as of nothing yet.
fn read(sent: scan::Schedule, now: OffsetDateTime) -> Result<ScheduleRow, ScanFault> {
    let name = read_name(&sent.name)?;
    for (at, id) in sent.asset_ids.iter().enumerate() {
        wire::word::<AssetId>(&format!("asset_ids.{at}"), id)?;
    }
    let times = Schedule::of(&sent.every, sent.weekday, sent.day, &sent.at, &sent.zone)
        .map_err(|fault| ScanFault::field(fault.field(), fault))?;
    let next_at = times
        .next(now)
        .map_err(|fault| ScanFault::field(fault.field(), fault))?;
    let number = |value: u32| i32::try_from(value).unwrap_or_default();
    let mut row = ScheduleRow {
        id: String::new(),
        name,
        profile: sent.profile,
        policy: sent.policy,
        asset_ids: sent.asset_ids,
        ports: sent.ports,
        pool: sent.pool,
        every: sent.every,
        weekday: number(sent.weekday),
        day: number(sent.day),
        at: sent.at,
        zone: sent.zone,
        paused: sent.paused,
        next_at,
        last_at: None,
        last_run_id: String::new(),
        last_skipped: String::new(),
        created_by: String::new(),
        created_at: now,
    };
    let wanted = row.wanted()?;
    wanted.profile.as_str().clone_into(&mut row.profile);
    wanted.policy.as_str().clone_into(&mut row.policy);
    Ok(row)
}

impl ScheduleRow {
    /// The run it asks for, read as anybody's request is.
    pub(crate) fn wanted(&self) -> Result<Wanted, ScanFault> {
        let wanted = request_run::read(scan::RequestRunRequest {
            kind: wt_model::RunKind::Scheduled.as_str().to_owned(),
            profile: self.profile.clone(),
            policy: self.policy.clone(),
            asset_ids: self.asset_ids.clone(),
            ports: self.ports.clone(),
            pool: self.pool.clone(),
            ..Default::default()
        })?;
        Ok(Wanted {
            schedule: Some(scan::ScheduleRef {
                id: self.id.clone(),
                name: self.name.clone(),
            }),
            ..wanted
        })
    }

    /// Its times.
    pub(crate) fn times(&self) -> Result<Schedule, ScanFault> {
        let number = |value: i32| u32::try_from(value).unwrap_or_default();
        let (weekday, day) = (number(self.weekday), number(self.day));
        Schedule::of(&self.every, weekday, day, &self.at, &self.zone).map_err(|_| {
            ScanFault::Inconsistent {
                place: format!("scan.schedules of {}", self.id),
            }
        })
    }
}

fn shown(row: ScheduleRow) -> scan::Schedule {
    let number = |value: i32| u32::try_from(value).unwrap_or_default();
    scan::Schedule {
        id: row.id,
        name: row.name,
        profile: row.profile,
        policy: row.policy,
        asset_ids: row.asset_ids,
        ports: row.ports,
        pool: row.pool,
        every: row.every,
        weekday: number(row.weekday),
        day: number(row.day),
        at: row.at,
        zone: row.zone,
        paused: row.paused,
        next_at: Some(to_timestamp(row.next_at)),
        last_at: row.last_at.map(to_timestamp),
        last_run_id: row.last_run_id,
        last_skipped: row.last_skipped,
        created_by: row.created_by,
        created_at: Some(to_timestamp(row.created_at)),
    }
}

/// Reads an identifier of a request. One that can't be is no schedule of anybody's.
fn schedule_id(text: &str) -> Result<ScanScheduleId, ScanFault> {
    text.parse().map_err(|_| ScanFault::ScheduleUnknown)
}

async fn record(
    tx: &mut TenantTx,
    action: &'static str,
    id: &str,
    before: Option<&ScheduleRow>,
    after: Option<&ScheduleRow>,
) -> Result<(), ScanFault> {
    let said = |row: &ScheduleRow| {
        serde_json::json!({
            "name": row.name, "profile": row.profile, "policy": row.policy, "assets": row.asset_ids,
            "ports": row.ports, "pool": row.pool, "every": row.every, "weekday": row.weekday,
            "day": row.day, "at": row.at, "zone": row.zone, "paused": row.paused,
        })
    };
    let (before, after) = (before.map(said), after.map(said));
    wt_audit::record(tx, action, id, before.as_ref(), after.as_ref()).await?;
    Ok(())
}
