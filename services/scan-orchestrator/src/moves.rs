//! Moving a run and saying so: the state, its reason and the news leave in one transaction.

use time::OffsetDateTime;
use wt_model::RunState;
use wt_pg::TenantTx;
use wt_proto::{convert::to_timestamp, event};

use crate::{
    domain::end::next_states,
    error::ScanFault,
    store::{self, run::RunRow},
};

/// Moves a run and enqueues `run.changed`; gives the run as it is then.
pub(crate) async fn move_run(
    tx: &mut TenantTx,
    run_id: &str,
    previous: &str,
    state: RunState,
    reason: &str,
) -> Result<RunRow, ScanFault> {
    let run = store::run::set_state(tx, run_id, state, reason)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    wt_outbox::enqueue(tx, &changed(&run, previous)).await?;
    Ok(run)
}

/// The news that a run came to its state from another.
pub(crate) fn changed(run: &RunRow, previous: &str) -> event::RunChanged {
    event::RunChanged {
        run_id: run.id.clone(),
        kind: run.kind.clone(),
        profile: run.profile.clone(),
        state: run.state.clone(),
        previous: previous.to_owned(),
        reason: run.reason.clone(),
        jobs_total: u32::try_from(run.jobs_total).unwrap_or_default(),
        jobs_done: u32::try_from(run.jobs_done).unwrap_or_default(),
        jobs_failed: u32::try_from(run.jobs_failed).unwrap_or_default(),
        cells_planned: u64::try_from(run.cells_planned).unwrap_or_default(),
        cells_settled: u64::try_from(run.cells_settled).unwrap_or_default(),
        at: Some(to_timestamp(OffsetDateTime::now_utc())),
        requested_by: run.requested_by.clone(),
    }
}

/// Moves a run on after one of its jobs ended, as far as it can go now.
pub(crate) async fn settle_run(tx: &mut TenantTx, run_id: &str) -> Result<(), ScanFault> {
    // Locked first: two jobs that end at once are counted one after the other.
    let Some(state) = store::run::lock_state(tx, run_id).await? else {
        return Err(ScanFault::RunUnknown);
    };
    let mut now: RunState = state.parse().map_err(|_| ScanFault::Inconsistent {
        place: format!("scan.runs.state of {run_id}"),
    })?;
    let jobs = store::job::count(tx, run_id).await?;
    for next in next_states(now, jobs) {
        let reason = match next {
            RunState::Processing => "every job reported".to_owned(),
            RunState::Completed => "every result applied".to_owned(),
            _ => format!(
                "{} of {} jobs brought no result",
                jobs.failed + jobs.cancelled,
                jobs.completed + jobs.failed + jobs.cancelled
            ),
        };
        move_run(tx, run_id, now.as_str(), next, &reason).await?;
        now = next;
    }
    Ok(())
}
