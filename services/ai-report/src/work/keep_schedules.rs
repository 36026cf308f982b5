//! Asks for the reports whose time has come.
//!
//! A report and the schedule's next time are written in one transaction under the schedule's lock, so
//! that each time gives one report. Times that went by while nobody worked give one report
//! together: the one of the last of them.

use std::time::Duration;

use time::OffsetDateTime;
use ulid::Ulid;
use wt_fault::chain;
use wt_model::{Principal, ReportId, ReportScheduleId, TenantKey, TypedId};
use wt_pg::Pool;
use wt_proto::event;

use crate::{
    domain::subject::{Period, ReportKind, Subject},
    error::ReportFault,
    store::{self, report::Asked},
};

/// Most schedules taken at once: each is one short transaction.
const STEP_MAX: i32 = 50;
/// How long a claim lasts.
const LEASE: Duration = Duration::from_mins(1);

/// Asks for what is due; returns how many schedules were taken up.
pub(crate) async fn step(pool: &Pool) -> Result<usize, ReportFault> {
    let mut tx = pool.begin_platform("claim_schedules").await?;
    let due = store::schedule::claim(&mut tx, STEP_MAX, LEASE).await?;
    tx.commit().await?;
    let taken = due.len();
    for (tenant, id) in due {
        if let Err(fault) = ask(pool, tenant, id).await {
            // The lease ends by itself; the schedule is taken up again.
            tracing::error!(schedule.id = %id, error = %chain(&fault), "a scheduled report was not asked for");
        }
    }
    Ok(taken)
}

async fn ask(pool: &Pool, tenant: TenantKey, id: ReportScheduleId) -> Result<(), ReportFault> {
    let principal = Principal::service(crate::NAME, tenant);
    let mut tx = pool.begin(&principal, "ask_scheduled_report").await?;
    let now = OffsetDateTime::now_utc();
    let row = store::schedule::lock(&mut tx, id).await?;
    let Some(row) = row.filter(|row| !row.paused && row.next_at <= now) else {
        return Ok(tx.commit().await?);
    };
    let broken = |fault| ReportFault::inconsistent(format!("report.schedules of {id}"), fault);
    let schedule = row.schedule()?;
    let next_at = schedule.next(now).map_err(broken)?;
    // The last time that has come: what the next one's period begins with.
    let due = schedule.previous(next_at).map_err(broken)?;
    let subject = Subject::Exposures {
        filter: row.filter,
        view: row.view_name,
        // Everything since the time before.
        period: Period {
            since: schedule.previous(due).map_err(broken)?,
            until: due,
        },
    };
    let asked = Asked {
        id: ReportId::from_ulid(Ulid::generate()),
        kind: ReportKind::of(&row.kind).unwrap_or(ReportKind::Technical),
        subject: &subject,
        by: &row.created_by,
        schedule: &row.id,
    };
    store::report::insert_unless_under_way(&mut tx, &asked).await?;
    store::schedule::update(&mut tx, id, next_at, false).await?;
    let requested = event::ReportRequested {
        report_id: asked.id.to_string(),
        run_id: String::new(),
    };
    wt_outbox::enqueue(&mut tx, &requested).await?;
    Ok(tx.commit().await?)
}
