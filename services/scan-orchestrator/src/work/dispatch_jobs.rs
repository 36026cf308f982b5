//! Publishes again what nobody was heard of: the broker may have lost everything it held
//! (docs/decisions/0001). A job that still waits in the broker is claimed once all the same, and
//! a result that was applied already is only answered again.

use wt_model::{Principal, TenantKey};
use wt_pg::Pool;
use wt_proto::{
    Message,
    convert::to_timestamp,
    event, scan,
    subject::{self, EventPayload},
};

use crate::{NAME, error::ScanFault, store};

/// Most jobs dispatched again in one step.
const STEP_MAX: i32 = 200;

/// Why a job ends that its run no longer waits for.
const LEFT_OVER: &str = "its run ended before its result was applied";

pub(super) async fn step(pool: &Pool, silence_seconds: f64) -> Result<usize, ScanFault> {
    let mut tx = pool.begin_platform("jobs_without_progress").await?;
    let silent = store::silence::without_progress(&mut tx, silence_seconds, STEP_MAX).await?;
    tx.commit().await?;
    let mut moved = 0;
    for (tenant, job_id) in silent {
        moved += usize::from(redispatch(pool, tenant, &job_id, silence_seconds).await?);
    }
    Ok(moved)
}

/// Says a job again that nobody was heard of for this long; false when it was heard of meanwhile.
pub(crate) async fn redispatch(
    pool: &Pool,
    tenant: TenantKey,
    job_id: &str,
    silence_seconds: f64,
) -> Result<bool, ScanFault> {
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "redispatch_job").await?;
    if store::silence::fail_left_over(&mut tx, job_id, LEFT_OVER).await? {
        tx.commit().await?;
        return Ok(true);
    }
    let Some(silent) = store::silence::redispatch(&mut tx, job_id, silence_seconds).await? else {
        return Ok(false);
    };
    let unreadable = |column: &str| ScanFault::Inconsistent {
        place: format!("scan.jobs.{column} of {job_id}"),
    };
    let number = silent.dispatches;
    if let Some(bytes) = silent.accepted {
        // Reported: its announcement, or the answer to it, was lost.
        let mut news =
            event::ScanAccepted::decode(bytes.as_slice()).map_err(|_| unreadable("accepted"))?;
        // What is kept was said before the run was read along.
        news.run_seq = silent.run_seq;
        news.run_kind = silent.run_kind;
        news.profile = silent.profile;
        news.requested_by = silent.requested_by;
        news.requested_at = Some(to_timestamp(silent.requested_at));
        news.job_envelope = silent.envelope;
        let id = format!("{job_id}:accepted:{number}");
        wt_outbox::enqueue_as(&mut tx, event::ScanAccepted::TYPE, &id, &news).await?;
    } else {
        let envelope = scan::JobEnvelope::decode(silent.envelope.as_slice())
            .map_err(|_| unreadable("envelope"))?;
        let id = format!("{job_id}:{number}");
        let pool = silent.pool.parse().map_err(|_| ScanFault::Inconsistent {
            place: format!("scan.runs.pool of {job_id}"),
        })?;
        wt_outbox::enqueue_as(&mut tx, &subject::scan_requested(pool), &id, &envelope).await?;
    }
    tx.commit().await?;
    Ok(true)
}
