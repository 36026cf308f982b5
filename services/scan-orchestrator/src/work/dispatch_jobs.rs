//! Publishes jobs again that nobody was heard of: the broker may have lost everything it held
//! (docs/decisions/0001). A job that still waits in the broker is claimed once all the same.

use wt_model::{Principal, TenantKey};
use wt_pg::Pool;
use wt_proto::{Message, scan, subject};

use crate::{NAME, error::ScanFault, signing::POOL, store};

/// Silence after which a job is dispatched again: longer than a broker's redelivery of a job
/// whose worker died (30 s), so that the two do not race.
const SILENCE_SECONDS: f64 = 60.0;
/// Most jobs dispatched again in one step.
const STEP_MAX: i32 = 200;

pub(super) async fn step(pool: &Pool) -> Result<usize, ScanFault> {
    let mut tx = pool.begin_platform("jobs_without_progress").await?;
    let silent = store::job::without_progress(&mut tx, SILENCE_SECONDS, STEP_MAX).await?;
    tx.commit().await?;
    let mut moved = 0;
    for (tenant, job_id) in silent {
        moved += usize::from(redispatch(pool, tenant, &job_id).await?);
    }
    Ok(moved)
}

async fn redispatch(pool: &Pool, tenant: TenantKey, job_id: &str) -> Result<bool, ScanFault> {
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "redispatch_job").await?;
    let Some((bytes, number)) = store::job::redispatch(&mut tx, job_id, SILENCE_SECONDS).await?
    else {
        return Ok(false);
    };
    let envelope =
        scan::JobEnvelope::decode(bytes.as_slice()).map_err(|_| ScanFault::Inconsistent {
            place: format!("scan.jobs.envelope of {job_id}"),
        })?;
    let id = format!("{job_id}:{number}");
    wt_outbox::enqueue_as(&mut tx, &subject::scan_requested(POOL), &id, &envelope).await?;
    tx.commit().await?;
    Ok(true)
}
