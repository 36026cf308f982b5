//! An attempt number from the orchestrator: only the newest attempt may report.
use std::time::Duration;

use wt_bus::Bus;
use wt_model::Pool;
use wt_proto::{Message, scan, subject::SCAN_CLAIM};

use super::VerifiedJob;

/// Patience with one question; the orchestrator answers from one row.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// Questions before the job goes back to the bus. An orchestrator that restarts is waited for
/// here, because deliveries are few and meant for lost workers.
const QUESTIONS_MAX: u32 = 60;
/// Wait between questions.
const AGAIN: Duration = Duration::from_secs(2);

/// What the orchestrator said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Run it.
    Granted {
        /// Under this number.
        attempt: u32,
        /// Newest checkpoint of an earlier attempt; empty for none.
        checkpoint: String,
    },
    /// Do not, for this code.
    NotGranted(String),
    /// Nobody answered.
    NoAnswer,
}

/// Asks for an attempt.
pub(crate) async fn claim(bus: &Bus, job: &VerifiedJob, worker_id: &str, pool: Pool) -> Claim {
    let request = scan::ClaimRequest {
        job_id: job.job_id.to_string(),
        run_id: job.run_id.to_string(),
        tenant_key: job.tenant_key.to_string(),
        worker_id: worker_id.to_owned(),
        pool: pool.to_string(),
    };
    let bytes = request.encode_to_vec();
    for question in 0..QUESTIONS_MAX {
        if question > 0 {
            tokio::time::sleep(AGAIN).await;
        }
        match bus
            .ask(SCAN_CLAIM, bytes.clone().into(), ANSWER_PATIENCE)
            .await
        {
            Ok(answer) => match scan::ClaimReply::decode(answer) {
                Ok(reply) if reply.granted => {
                    return Claim::Granted {
                        attempt: reply.attempt,
                        checkpoint: reply.checkpoint,
                    };
                }
                Ok(reply) => return Claim::NotGranted(reply.code),
                Err(error) => tracing::warn!(%error, "the claim's answer can't be read"),
            },
            Err(error) => {
                tracing::warn!(error = %wt_fault::chain(&error), "the claim was not answered");
            }
        }
    }
    Claim::NoAnswer
}
