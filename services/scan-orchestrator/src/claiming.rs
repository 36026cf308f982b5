//! Answers `scan.claim`: hands out the number of an attempt (docs/decisions/0002).

use bytes::Bytes;
use wt_bus::{Bus, respond};
use wt_lifecycle::Life;
use wt_model::{JobId, Principal, RunState, TenantKey};
use wt_pg::Pool;
use wt_proto::{Message, scan, subject::SCAN_CLAIM};

use crate::{
    NAME,
    config::RhythmArgs,
    error::ScanFault,
    metrics::Metrics,
    moves,
    store::{self, attempt::Begun},
};

/// Starts answering; one replica answers each request.
pub(crate) fn start(bus: &Bus, life: &Life, pool: Pool, rhythm: &RhythmArgs, metrics: Metrics) {
    let lease_seconds = rhythm.lease_seconds();
    respond(bus, life, SCAN_CLAIM, NAME, move |bytes: Bytes| {
        let (pool, metrics) = (pool.clone(), metrics.clone());
        async move {
            let request = scan::ClaimRequest::decode(bytes).ok()?;
            match claim(&pool, &request, lease_seconds).await {
                Ok(Answer::Granted(begun)) => {
                    metrics.attempt_began(begun.attempt, begun.waited_seconds);
                    Some(granted(begun))
                }
                Ok(Answer::Refused(code)) => {
                    metrics.fence_refused("claim");
                    Some(refused(code))
                }
                Err(fault) => {
                    // Without an answer the worker asks again.
                    tracing::warn!(
                        job_id = request.job_id,
                        error = %wt_fault::chain(&fault),
                        "a claim was not answered"
                    );
                    None
                }
            }
        }
    });
}

/// What a claim comes to.
enum Answer {
    Granted(Begun),
    /// The code that says why.
    Refused(&'static str),
}

fn granted(begun: Begun) -> Bytes {
    let reply = scan::ClaimReply {
        granted: true,
        attempt: u32::try_from(begun.attempt).unwrap_or_default(),
        code: String::new(),
        checkpoint: begun.checkpoint,
    };
    reply.encode_to_vec().into()
}

fn refused(code: &str) -> Bytes {
    let reply = scan::ClaimReply {
        granted: false,
        attempt: 0,
        code: code.to_owned(),
        checkpoint: String::new(),
    };
    reply.encode_to_vec().into()
}

async fn claim(
    pool: &Pool,
    request: &scan::ClaimRequest,
    lease_seconds: f64,
) -> Result<Answer, ScanFault> {
    let ids = request
        .tenant_key
        .parse::<TenantKey>()
        .ok()
        .zip(request.job_id.parse::<JobId>().ok());
    let Some((tenant, job)) = ids else {
        return Ok(Answer::Refused("job.unknown"));
    };
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "claim_job").await?;
    let id = job.to_string();
    let Some(standing) = store::attempt::lock(&mut tx, &id, lease_seconds).await? else {
        return Ok(Answer::Refused("job.unknown"));
    };
    if !serves(&request.pool, &standing.pool) {
        return Ok(Answer::Refused("job.wrong_pool"));
    }
    match standing.state.as_str() {
        "queued" | "running" => {}
        "cancelled" => return Ok(Answer::Refused("job.cancelled")),
        _ => return Ok(Answer::Refused("job.finished")),
    }
    if standing.leased {
        return Ok(Answer::Refused("job.leased"));
    }
    if standing.attempt >= standing.attempt_ceiling {
        let reason = format!("gave up after {} attempts", standing.attempt);
        store::attempt::fail(&mut tx, &id, standing.attempt, &reason).await?;
        moves::settle_run(&mut tx, &standing.run_id).await?;
        tx.commit().await?;
        return Ok(Answer::Refused("job.attempts_exhausted"));
    }
    let begun = store::attempt::begin(&mut tx, &id, &worker(&request.worker_id)).await?;
    let state = store::run::lock_state(&mut tx, &standing.run_id)
        .await?
        .unwrap_or_default();
    if state == RunState::Queued.as_str() {
        let reason = "a worker took the first job";
        moves::move_run(&mut tx, &standing.run_id, &state, RunState::Running, reason).await?;
    }
    tx.commit().await?;
    Ok(Answer::Granted(begun))
}

/// Whether a worker of `pool` takes jobs of `wanted`. Workers from before private pools say none.
fn serves(pool: &str, wanted: &str) -> bool {
    let said = if pool.is_empty() { "shared" } else { pool };
    said == wanted
}

/// A worker's name for people, without anything that could disturb a log or page.
fn worker(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_graphic)
        .take(64)
        .collect()
}
