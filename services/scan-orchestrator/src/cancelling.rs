//! Ending a run on request, and telling workers to stop: plain, fast, and allowed to get lost.

use serde_json::Value;
use wt_bus::Bus;
use wt_model::{Pool, Principal, RunId, RunState, TenantKey};
use wt_proto::{Message, scan, subject};

use crate::{
    error::ScanFault,
    moves,
    store::{self, run::RunRow},
    wire,
};

/// Longest reason kept: a sentence or two.
const REASON_CHARS_MAX: usize = 500;

/// The reason a run is cancelled for, if it is short enough.
pub(crate) fn reason(text: &str) -> Result<&str, ScanFault> {
    if text.chars().count() > REASON_CHARS_MAX {
        return Err(ScanFault::field(
            "reason",
            format!("at most {REASON_CHARS_MAX} characters"),
        ));
    }
    Ok(if text.trim().is_empty() {
        "cancelled on request"
    } else {
        text
    })
}

/// Cancels a run of the principal's organization until it processes; once more changes nothing.
pub(crate) async fn cancel(
    pool: &wt_pg::Pool,
    bus: &Bus,
    principal: &Principal,
    id: RunId,
    reason: &str,
    noted: Option<&Value>,
) -> Result<RunRow, ScanFault> {
    let tenant = wt_auth::tenant_of(principal)?;
    let text = id.to_string();
    let mut tx = pool.begin(principal, "cancel_run").await?;
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
        wt_audit::record(&mut tx, "run.cancel", &text, None, noted).await?;
    }
    let run = store::run::find_by_id(&mut tx, &text)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    tx.commit().await?;
    // Said after the commit: a worker that stopped for a run that was not cancelled would be
    // a lost job. A worker that misses it is refused at its end.
    tell_workers(bus, tenant, &run.pool, id, Vec::new(), reason).await;
    Ok(run)
}

/// Tells every worker of the run's pool to stop these jobs of a run; none named means all of them.
pub(crate) async fn tell_workers(
    bus: &Bus,
    tenant: TenantKey,
    pool: &str,
    run: RunId,
    job_ids: Vec<String>,
    reason: &str,
) {
    let notice = scan::CancelNotice {
        run_id: run.to_string(),
        tenant_key: tenant.to_string(),
        reason: reason.to_owned(),
        job_ids,
    };
    let Ok(pool) = pool.parse::<Pool>() else {
        tracing::error!(run_id = %run, pool, "no such pool");
        return;
    };
    if let Err(fault) = bus
        .say_bytes(
            &subject::scan_cancel(pool, run),
            notice.encode_to_vec().into(),
        )
        .await
    {
        tracing::warn!(run_id = %run, error = %wt_fault::chain(&fault), "workers were not told");
    }
}
