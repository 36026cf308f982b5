//! Requests the runs whose time has come.
//!
//! A time is the idempotency key of its run, so that it gives one run, whoever asks and however
//! often. Times that went by while nobody worked give one run together: that of the last of them.
//! What refuses a run that a person asks for refuses it here too, and is written on the schedule;
//! a service that is away is asked again.

use std::time::Duration;

use time::OffsetDateTime;
use wt_fault::{Fault, Kind, chain};
use wt_model::{Principal, ScanScheduleId, TenantKey};

use crate::{
    NAME,
    api::Api,
    beginning::{Asked, begin, repeated},
    error::ScanFault,
    planning::Wanted,
    store::{self, schedule::Came},
};

/// Most schedules taken at once.
const STEP_MAX: i32 = 50;
/// How long a claim lasts, and after which a service that was away is asked again.
const LEASE: Duration = Duration::from_mins(1);

/// Requests what is due; returns how many schedules were taken up.
pub(super) async fn step(api: &Api) -> Result<usize, ScanFault> {
    let mut tx = api.pool.begin_platform("claim_schedules").await?;
    let due = store::schedule::claim(&mut tx, STEP_MAX, LEASE).await?;
    tx.commit().await?;
    for (tenant, id) in &due {
        if let Err(fault) = ask(api, *tenant, *id).await {
            // The lease ends by itself; the schedule is taken up again.
            tracing::error!(schedule.id = %id, tenant_key = %tenant, error = %chain(&fault), "a scheduled run was not requested");
        }
    }
    Ok(due.len())
}

async fn ask(api: &Api, tenant: TenantKey, id: ScanScheduleId) -> Result<(), ScanFault> {
    let principal = Principal::service(NAME, tenant);
    let now = OffsetDateTime::now_utc();
    let mut tx = api.pool.begin(&principal, "read_schedule").await?;
    let row = store::schedule::lock(&mut tx, id).await?;
    let Some(row) = row.filter(|row| !row.paused && row.next_at <= now) else {
        return Ok(tx.commit().await?);
    };
    let broken = |_| ScanFault::Inconsistent {
        place: format!("scan.schedules of {id}"),
    };
    let times = row.times()?;
    let next_at = times.next(now).map_err(broken)?;
    let due = times.previous(next_at).map_err(broken)?;
    let key = format!("schedule:{id}:{}", due.unix_timestamp());
    let under_way = store::schedule::unended_run(&mut tx, id, &key).await?;
    // Not held while other services are asked: the key keeps the run one.
    tx.commit().await?;
    let (run_id, skipped) = match under_way {
        Some(run) => (
            String::new(),
            format!("{run} of the time before has not ended"),
        ),
        None => match request(api, &principal, row.wanted()?, &key).await {
            Ok(run_id) => (run_id, String::new()),
            Err(fault) if is_passing(&fault) => return Err(fault),
            Err(fault) => (String::new(), reason(&fault)),
        },
    };
    let came = Came {
        was: row.next_at,
        at: due,
        run_id,
        skipped,
        next_at,
    };
    let mut tx = api.pool.begin(&principal, "note_schedule").await?;
    let noted = store::schedule::came(&mut tx, id, &came).await?;
    tx.commit().await?;
    if noted && !came.skipped.is_empty() {
        tracing::warn!(schedule.id = %id, tenant_key = %tenant, reason = came.skipped, "a scheduled run was left out");
    }
    Ok(())
}

/// Requests the run of a time, or finds the one that was.
async fn request(
    api: &Api,
    principal: &Principal,
    wanted: Wanted,
    key: &str,
) -> Result<String, ScanFault> {
    let asked = Asked::read(false, key, key.as_bytes())?;
    let answer = match repeated(api, principal, &asked).await? {
        Some(answer) => answer,
        None => begin(api, principal, wanted, &asked).await?,
    };
    Ok(answer.run.map(|run| run.id).unwrap_or_default())
}

/// Whether it is worth asking again for the same time.
fn is_passing(fault: &ScanFault) -> bool {
    matches!(
        fault.kind(),
        Kind::Unavailable | Kind::Deadline | Kind::Cancelled | Kind::Internal | Kind::Inconsistent
    )
}

/// For a person.
fn reason(fault: &ScanFault) -> String {
    match fault.advice() {
        "" => fault.to_string(),
        advice => format!("{fault}; {advice}"),
    }
}
