//! An attempt ended without a result.

use wt_pg::TenantTx;
use wt_proto::event;

use crate::{error::ScanFault, moves, store};

/// Ends the job unless it may succeed again; false when the fence refused it.
pub(super) async fn apply(
    tx: &mut TenantTx,
    failed: &event::ScanFailed,
) -> Result<bool, ScanFault> {
    // One that may succeed again stays with the broker, which delivers it again.
    if failed.retryable || failed.job_id.is_empty() {
        tracing::warn!(
            code = failed.code,
            reason = failed.reason,
            "an attempt failed"
        );
        return Ok(true);
    }
    let attempt = i32::try_from(failed.attempt).unwrap_or(-1);
    let reason = format!("{}: {}", failed.code, failed.reason);
    let reason: String = reason
        .chars()
        .filter(|c| !c.is_control())
        .take(500)
        .collect();
    let ended = store::attempt::fail(tx, &failed.job_id, attempt, &reason).await?;
    if let Some(run_id) = &ended {
        moves::settle_run(tx, run_id).await?;
    }
    Ok(ended.is_some())
}
