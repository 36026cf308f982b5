//! A worker reported: only the newest attempt's result goes on (contracts §1, fencing).

use wt_pg::TenantTx;
use wt_proto::{Message, convert::to_timestamp, event};

use crate::{error::ScanFault, moves, store};

/// Lets the result through and says so; false when the fence refused it.
pub(super) async fn apply(
    tx: &mut TenantTx,
    completed: &event::ScanCompleted,
) -> Result<bool, ScanFault> {
    let attempt = i32::try_from(completed.attempt).unwrap_or(-1);
    let settled = i64::try_from(completed.cells_settled).unwrap_or(i64::MAX);
    // What the run adds is filled in from the row, here and when it is announced again.
    let mut news = event::ScanAccepted {
        job_id: completed.job_id.clone(),
        run_id: completed.run_id.clone(),
        attempt: completed.attempt,
        artifact_key: completed.artifact_key.clone(),
        artifact_sha256: completed.artifact_sha256.clone(),
        artifact_bytes: completed.artifact_bytes,
        ..Default::default()
    };
    let kept = news.encode_to_vec();
    let accepted = store::attempt::accept(tx, &completed.job_id, attempt, settled, &kept).await?;
    let Some(job) = accepted else {
        // A worker that lost its lease, or a job that was cancelled meanwhile.
        tracing::warn!(
            job_id = completed.job_id,
            attempt,
            worker_id = completed.worker_id,
            "the result of an old attempt was refused"
        );
        return Ok(false);
    };
    news.run_id.clone_from(&job.run_id);
    news.job_envelope = job.envelope;
    news.run_seq = job.run_seq;
    news.run_kind = job.run_kind;
    news.profile = job.profile;
    news.requested_by = job.requested_by;
    news.requested_at = Some(to_timestamp(job.requested_at));
    wt_outbox::enqueue(tx, &news).await?;
    moves::settle_run(tx, &job.run_id).await?;
    Ok(true)
}
