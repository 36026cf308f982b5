//! Whether one more is allowed. The caller holds the lock that makes the count true.
use time::{Duration, OffsetDateTime};
use wt_model::Policy;

use crate::{PlanFault, Standing};

/// What a tenant and everything below it use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Assets with a live proof.
    pub verified_assets: u32,
    /// People, invitations that are open included.
    pub seats: u32,
    /// Private pools of scanners.
    pub private_pools: u32,
}

/// Whether one more asset may be verified. A downgrade takes nothing away; it lets nothing more
/// in until there is room.
///
/// # Errors
/// Every included one is used.
pub fn admit_asset(standing: &Standing, usage: Usage) -> Result<(), PlanFault> {
    let plan = standing.plan;
    match plan.included().verified_assets {
        Some(included) if usage.verified_assets >= included => {
            Err(PlanFault::AssetsUsed { plan, included })
        }
        _ => Ok(()),
    }
}

/// Whether one more person may come in.
///
/// # Errors
/// Every seat is taken.
pub fn admit_seat(standing: &Standing, usage: Usage) -> Result<(), PlanFault> {
    let plan = standing.plan;
    match plan.included().seats {
        Some(included) if usage.seats >= included => Err(PlanFault::SeatsUsed { plan, included }),
        _ => Ok(()),
    }
}

/// Whether one more private pool may be made.
///
/// # Errors
/// Every included one is made, or the plan includes none.
pub fn admit_pool(standing: &Standing, usage: Usage) -> Result<(), PlanFault> {
    let plan = standing.plan;
    match plan.included().private_pools {
        Some(included) if usage.private_pools >= included => {
            Err(PlanFault::PoolsUsed { plan, included })
        }
        _ => Ok(()),
    }
}

/// Whether a run of an asset may begin now, when the last one began at `last`. A `verify` run
/// repeats what was found and is not counted: pass no `last`.
///
/// # Errors
/// Unpaid, too intrusive for the plan, or too soon.
pub fn admit_run(
    standing: &Standing,
    policy: Policy,
    last: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<(), PlanFault> {
    let (plan, included) = (standing.plan, standing.plan.included());
    if !standing.may_scan {
        return Err(PlanFault::ScanningPaused);
    }
    if !included.policies.contains(&policy) {
        return Err(PlanFault::PolicyNotIncluded { plan, policy });
    }
    let wait = last.map_or(Duration::ZERO, |last| {
        last.saturating_add(included.scan_interval) - now
    });
    if wait > Duration::ZERO {
        let seconds = |length: Duration| u64::try_from(length.whole_seconds()).unwrap_or(0);
        return Err(PlanFault::TooSoon {
            plan,
            hours: seconds(included.scan_interval).div_ceil(3_600),
            wait_seconds: seconds(wait).saturating_add(1),
        });
    }
    Ok(())
}
