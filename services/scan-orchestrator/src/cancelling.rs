//! Telling workers to stop jobs: plain, fast, and allowed to get lost.

use wt_bus::Bus;
use wt_model::{Pool, RunId, TenantKey};
use wt_proto::{Message, scan, subject};

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
