//! Ownership is no longer proven: what rests on it stops (contracts §1: scope is derived only
//! from assets with a live authorization).

use std::collections::BTreeMap;

use wt_pg::TenantTx;
use wt_proto::event;

use crate::{error::ScanFault, moves, store};

/// Most jobs cancelled by one statement, so that none runs into its time limit.
const STEP_MAX: i64 = 1_000;

/// Jobs of one run that were cancelled.
#[derive(Debug, Default)]
pub(super) struct Stopped {
    pub(super) pool: String,
    pub(super) jobs: Vec<String>,
}

/// Cancels the waiting jobs that rest on it and returns them by run. A renewed proof takes the
/// place of the old one without stopping anything; when the new one is withdrawn, what rests on
/// the old one stops as well.
pub(super) async fn apply(
    tx: &mut TenantTx,
    revoked: &event::AuthorizationRevoked,
) -> Result<BTreeMap<String, Stopped>, ScanFault> {
    // A request that asked for its scope before the proof was withdrawn either is committed and
    // its jobs are found below, or waits here and finds the withdrawal.
    store::run::hold_requests(tx).await?;
    let (asset, proof) = (&revoked.asset_id, &revoked.authorization_id);
    if !asset.is_empty() {
        store::withdrawal::remember(tx, asset, proof).await?;
    }
    let mut runs: BTreeMap<String, Stopped> = BTreeMap::new();
    let reason = "the authorization it rests on was withdrawn";
    loop {
        let cancelled =
            store::ending::cancel_resting_on(tx, asset, proof, reason, STEP_MAX).await?;
        if cancelled.is_empty() {
            break;
        }
        for job in cancelled {
            let stopped = runs.entry(job.run_id).or_default();
            stopped.pool = job.pool;
            stopped.jobs.push(job.id);
        }
    }
    for run_id in runs.keys() {
        moves::settle_run(tx, run_id).await?;
    }
    Ok(runs)
}
