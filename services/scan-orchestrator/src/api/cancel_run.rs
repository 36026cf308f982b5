//! Cancels a run until it processes (contracts §2); workers hear it at once.

use wt_auth::may;
use wt_model::{Permission, Principal, RunId, RunState};
use wt_proto::scan;

use super::Api;
use crate::{cancelling, error::ScanFault, moves, store, wire};

/// Longest reason kept: a sentence or two.
const REASON_CHARS_MAX: usize = 500;

pub(super) async fn cancel_run(
    api: &Api,
    principal: &Principal,
    request: scan::CancelRunRequest,
) -> Result<scan::CancelRunResponse, ScanFault> {
    let granted = may(principal, Permission::RunsCreate)?;
    let id: RunId = wire::word("run_id", &request.run_id)?;
    if request.reason.chars().count() > REASON_CHARS_MAX {
        return Err(ScanFault::field(
            "reason",
            format!("at most {REASON_CHARS_MAX} characters"),
        ));
    }
    let text = id.to_string();
    let reason = if request.reason.trim().is_empty() {
        "cancelled on request"
    } else {
        &request.reason
    };
    let mut tx = api.pool.begin(principal, "cancel_run").await?;
    store::ending::lock_live_of_run(&mut tx, &text).await?;
    let state = store::run::lock_state(&mut tx, &text)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let now: RunState = wire::word("state", &state)?;
    if now != RunState::Cancelled {
        if !now.may_become(RunState::Cancelled) {
            return Err(ScanFault::NotCancellable { state });
        }
        store::ending::cancel_waiting_of_run(&mut tx, &text, reason).await?;
        moves::move_run(&mut tx, &text, &state, RunState::Cancelled, reason).await?;
        wt_audit::record(&mut tx, "run.cancel", &text, None, None).await?;
    }
    let run = store::run::find_by_id(&mut tx, &text)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    tx.commit().await?;
    // Said after the commit: a worker that stopped for a run that was not cancelled would be
    // a lost job. A worker that misses it is refused at its end.
    let tenant = granted.tenant_key();
    cancelling::tell_workers(&api.bus, tenant, &run.pool, id, Vec::new(), reason).await;
    Ok(scan::CancelRunResponse {
        run: Some(run.into()),
    })
}
