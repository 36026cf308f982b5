//! A worker stopped because it was told to: the job was ended when the run was cancelled, so
//! this only closes the loop for the log.

use wt_proto::event;

pub(super) fn apply(cancelled: &event::ScanCancelled) {
    tracing::info!(
        job_id = cancelled.job_id,
        run_id = cancelled.run_id,
        worker_id = cancelled.worker_id,
        "a worker stopped"
    );
}
