//! Results committed a result, or refused it whole: the job ends, and perhaps its run.

use wt_pg::TenantTx;
use wt_proto::event;

use crate::{error::ScanFault, moves, store};

/// Ends the job; false when the fence refused it.
pub(super) async fn apply(
    tx: &mut TenantTx,
    applied: &event::ScanApplied,
) -> Result<bool, ScanFault> {
    let attempt = i32::try_from(applied.attempt).unwrap_or(-1);
    let reason = if applied.applied {
        "result applied".to_owned()
    } else {
        format!("{}: {}", applied.code, applied.reason)
    };
    let ended =
        store::attempt::finish(tx, &applied.job_id, attempt, applied.applied, &reason).await?;
    if let Some(run_id) = &ended {
        moves::settle_run(tx, run_id).await?;
    }
    Ok(ended.is_some())
}
