//! Fails runs whose time is over, with a reason a person can act on: never stuck (contracts §2).

use wt_bus::Bus;
use wt_model::{Principal, RunId, RunState, TenantKey};
use wt_pg::Pool;

use crate::{NAME, cancelling, error::ScanFault, moves, pooling, store};

/// Most runs ended in one step.
const STEP_MAX: i32 = 100;

pub(super) async fn step(pool: &Pool, bus: &Bus) -> Result<usize, ScanFault> {
    let mut tx = pool.begin_platform("runs_past_deadline").await?;
    let due = store::run::past_deadline(&mut tx, STEP_MAX).await?;
    tx.commit().await?;
    for (tenant, run_id) in &due {
        fail(pool, bus, *tenant, run_id).await?;
    }
    Ok(due.len())
}

async fn fail(pool: &Pool, bus: &Bus, tenant: TenantKey, run_id: &str) -> Result<(), ScanFault> {
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "fail_run").await?;
    store::ending::lock_live_of_run(&mut tx, run_id).await?;
    let Some(state) = store::run::lock_state(&mut tx, run_id).await? else {
        return Ok(());
    };
    let now: RunState = state.parse().map_err(|_| ScanFault::Inconsistent {
        place: format!("scan.runs.state of {run_id}"),
    })?;
    if now.is_terminal() {
        return Ok(());
    }
    let run = store::run::find_by_id(&mut tx, run_id)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let of_pool = pooling::notice_of(&mut tx, &run).await?;
    let reason = match now {
        _ if of_pool.is_some() => of_pool.as_deref().unwrap_or_default(),
        RunState::Created | RunState::Queued => {
            "no worker took its jobs in time; check that workers run and reach the bus"
        }
        RunState::Running => "some jobs did not report in time; scan fewer assets or add workers",
        _ => "results were not applied in time; check the results service",
    };
    store::ending::fail_live_of_run(&mut tx, run_id, reason).await?;
    moves::move_run(&mut tx, run_id, &state, RunState::Failed, reason).await?;
    tx.commit().await?;
    if let Ok(id) = run_id.parse::<RunId>() {
        cancelling::tell_workers(bus, tenant, &run.pool, id, Vec::new(), reason).await;
    }
    Ok(())
}
