//! Ownership is no longer proven: what rests on it stops (contracts §1: scope is derived only
//! from assets with a live authorization).

use wt_pg::TenantTx;
use wt_proto::event;

use crate::{error::ScanFault, moves, store};

/// Cancels waiting jobs that rest on it and returns their runs. A renewed proof takes the place
/// of the old one without stopping anything.
pub(super) async fn apply(
    tx: &mut TenantTx,
    revoked: &event::AuthorizationRevoked,
) -> Result<Vec<String>, ScanFault> {
    let runs = store::job::runs_resting_on(tx, &revoked.authorization_id).await?;
    for run_id in &runs {
        store::job::cancel_resting_on(
            tx,
            run_id,
            &revoked.authorization_id,
            "the authorization it rests on was withdrawn",
        )
        .await?;
        moves::settle_run(tx, run_id).await?;
    }
    Ok(runs)
}
