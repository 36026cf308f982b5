//! A worker reported: only the newest attempt's result goes on (contracts §1, fencing).

use wt_pg::TenantTx;
use wt_proto::{Message, convert::to_timestamp, event};

use crate::{error::ScanFault, moves, store};

pub(super) async fn apply(
    tx: &mut TenantTx,
    completed: &event::ScanCompleted,
) -> Result<(), ScanFault> {
    let attempt = i32::try_from(completed.attempt).unwrap_or(-1);
    let settled = i64::try_from(completed.cells_settled).unwrap_or(i64::MAX);
    let accepted = store::job::accept(tx, &completed.job_id, attempt, settled).await?;
    let Some((run_id, job_envelope)) = accepted else {
        // A worker that lost its lease, or a job that was cancelled meanwhile.
        tracing::warn!(
            job_id = completed.job_id,
            attempt,
            worker_id = completed.worker_id,
            "the result of an old attempt was refused"
        );
        return Ok(());
    };
    let run = store::run::find_by_id(tx, &run_id)
        .await?
        .ok_or(ScanFault::RunUnknown)?;
    let mut news = event::ScanAccepted {
        job_id: completed.job_id.clone(),
        run_id: run_id.clone(),
        attempt: completed.attempt,
        artifact_key: completed.artifact_key.clone(),
        artifact_sha256: completed.artifact_sha256.clone(),
        artifact_bytes: completed.artifact_bytes,
        job_envelope: Vec::new(),
        run_seq: run.seq,
        run_kind: run.kind,
        profile: run.profile,
        requested_by: run.requested_by,
        requested_at: Some(to_timestamp(run.created_at)),
    };
    store::job::keep_accepted(tx, &completed.job_id, &news.encode_to_vec()).await?;
    news.job_envelope = job_envelope;
    wt_outbox::enqueue(tx, &news).await?;
    moves::settle_run(tx, &run_id).await
}
