//! Whether the plan of whoever pays lets a run begin: asked once before anything is planned, and
//! about each asset where runs of the organization wait for each other, so that of many requests
//! at once only as many begin as the plan includes.

use time::{Duration, OffsetDateTime};
use wt_model::{Principal, RunKind};
use wt_pg::TenantTx;
use wt_plan::{PlanFault, Standing, admit_run};
use wt_standing::{Standings, Told};

use crate::{error::ScanFault, planning::Wanted, store};

/// By how much a scheduled run may be early: a day that loses an hour to the clocks, and the
/// moments by which the run before it was late.
const SCHEDULE_SLACK: Duration = Duration::minutes(65);

/// Assets that were scanned too recently, and what the one that has to wait longest is told.
pub(crate) struct TooSoon {
    pub(crate) assets: Vec<String>,
    pub(crate) fault: PlanFault,
}

/// How the tenant stands, if it may begin such a run at all.
pub(crate) async fn admit(
    standings: &Standings,
    principal: &Principal,
    wanted: &Wanted,
) -> Result<Told, ScanFault> {
    let told = standings.of(principal).await?;
    admit_run(
        &told.standing,
        wanted.policy,
        None,
        OffsetDateTime::now_utc(),
    )?;
    Ok(told)
}

/// Which of these assets have to wait. Ask it with the organization's requests held
/// ([`store::run::next_seq`]). A run that repeats what was found is not counted, and waits for
/// nothing.
pub(crate) async fn too_soon(
    tx: &mut TenantTx,
    standing: &Standing,
    wanted: &Wanted,
    assets: &[String],
    now: OffsetDateTime,
) -> Result<Option<TooSoon>, ScanFault> {
    let interval = standing.plan.included().scan_interval;
    if wanted.kind == RunKind::Verify || interval.is_zero() {
        return Ok(None);
    }
    // Never so much that a short interval is none.
    let early = match wanted.kind {
        RunKind::Scheduled => SCHEDULE_SLACK.min(interval / 8),
        _ => Duration::ZERO,
    };
    let recent = store::run::last_scans(tx, assets, now - interval + early).await?;
    let mut late: Vec<(String, PlanFault)> = recent
        .into_iter()
        .filter_map(|(asset, last)| {
            let refused = admit_run(standing, wanted.policy, Some(last - early), now).err()?;
            Some((asset, refused))
        })
        .collect();
    late.sort_by_key(|(_, fault)| match fault {
        PlanFault::TooSoon { wait_seconds, .. } => *wait_seconds,
        _ => u64::MAX,
    });
    let Some(&(_, fault)) = late.last() else {
        return Ok(None);
    };
    let assets = late.into_iter().map(|(asset, _)| asset).collect();
    Ok(Some(TooSoon { assets, fault }))
}
