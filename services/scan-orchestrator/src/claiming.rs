//! Answers `scan.claim`: hands out the number of an attempt (docs/decisions/0002).

use bytes::Bytes;
use wt_bus::{Bus, respond};
use wt_lifecycle::Life;
use wt_model::{JobId, Principal, RunState, TenantKey};
use wt_pg::Pool;
use wt_proto::{Message, scan, subject::SCAN_CLAIM};

use crate::{NAME, config::RhythmArgs, error::ScanFault, moves, store};

/// Starts answering; one replica answers each request.
pub(crate) fn start(bus: &Bus, life: &Life, pool: Pool, rhythm: &RhythmArgs) {
    let lease_seconds = rhythm.lease_seconds();
    respond(bus, life, SCAN_CLAIM, NAME, move |bytes: Bytes| {
        let pool = pool.clone();
        async move {
            let request = scan::ClaimRequest::decode(bytes).ok()?;
            match claim(&pool, &request, lease_seconds).await {
                Ok(reply) => Some(reply.encode_to_vec().into()),
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

async fn claim(
    pool: &Pool,
    request: &scan::ClaimRequest,
    lease_seconds: f64,
) -> Result<scan::ClaimReply, ScanFault> {
    let refused = |code: &str| {
        Ok(scan::ClaimReply {
            granted: false,
            attempt: 0,
            code: code.to_owned(),
        })
    };
    let ids = request
        .tenant_key
        .parse::<TenantKey>()
        .ok()
        .zip(request.job_id.parse::<JobId>().ok());
    let Some((tenant, job)) = ids else {
        return refused("job.unknown");
    };
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "claim_job").await?;
    let id = job.to_string();
    let Some(standing) = store::job::lock(&mut tx, &id, lease_seconds).await? else {
        return refused("job.unknown");
    };
    match standing.state.as_str() {
        "queued" | "running" => {}
        "cancelled" => return refused("job.cancelled"),
        _ => return refused("job.finished"),
    }
    if standing.leased {
        return refused("job.leased");
    }
    if standing.attempt >= standing.attempt_ceiling {
        let reason = format!("gave up after {} attempts", standing.attempt);
        store::job::fail(&mut tx, &id, standing.attempt, &reason).await?;
        moves::settle_run(&mut tx, &standing.run_id).await?;
        tx.commit().await?;
        return refused("job.attempts_exhausted");
    }
    let attempt = store::job::begin_attempt(&mut tx, &id, &worker(&request.worker_id)).await?;
    let state = store::run::lock_state(&mut tx, &standing.run_id)
        .await?
        .unwrap_or_default();
    if state == RunState::Queued.as_str() {
        moves::move_run(
            &mut tx,
            &standing.run_id,
            &state,
            RunState::Running,
            "a worker took the first job",
        )
        .await?;
    }
    tx.commit().await?;
    Ok(scan::ClaimReply {
        granted: true,
        attempt: u32::try_from(attempt).unwrap_or_default(),
        code: String::new(),
    })
}

/// A worker's name for people, without anything that could disturb a log or page.
fn worker(text: &str) -> String {
    text.chars()
        .filter(char::is_ascii_graphic)
        .take(64)
        .collect()
}
