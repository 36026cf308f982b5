//! `scan.accepted`: the fence let a result through; verify, decide, write (contracts §4, §6).
//!
//! Everything that is read from outside — the signed job, the stored bytes — is read and checked
//! before the transaction; inside it nothing but SQL is awaited. A result that claims anything
//! its job did not plan is refused whole, audited, and its refusal announced.

use std::{io::Read, sync::Arc};

use time::OffsetDateTime;
use wt_artifacts::{ArtifactFault, ArtifactKey};
use wt_bus::{Delivery, Handler, Outcome};
use wt_envelope::verify;
use wt_exposure::JobReport;
use wt_fault::Fault;
use wt_proto::{
    Message,
    convert::{JOB_PAYLOAD_TYPE, from_timestamp, job_envelope_from_wire, report_from_wire},
    event::ScanAccepted,
    scan,
};

use super::{
    Hearing,
    apply_result::{Settlement, Verdict, settle},
};
use crate::{
    domain::plan::{Refusal, same_attempt, within_plan},
    error::ResultsFault,
};

/// Most stored bytes of one result: 64 hosts with every evidence at its bound compress below it.
pub(crate) const ARTIFACT_BYTES_MAX: u64 = 64 << 20;
/// Most bytes of a result after decompression, so that a bomb meets a refusal.
const RESULT_BYTES_MAX: u64 = 512 << 20;

pub(super) struct ScanAcceptedHandler {
    hearing: Hearing,
}

impl ScanAcceptedHandler {
    pub(super) fn new(hearing: Hearing) -> Self {
        Self { hearing }
    }

    async fn apply(&self, delivery: &Delivery) -> Result<(), ResultsFault> {
        let accepted: ScanAccepted = delivery.payload()?;
        let verdict = match self.read(delivery, &accepted).await? {
            Ok((job, result, report)) => Verdict::Apply {
                job: Box::new(job),
                result: Box::new(result),
                report,
            },
            Err(refusal) => {
                tracing::warn!(
                    job_id = %accepted.job_id,
                    code = refusal.code(),
                    reason = %refusal,
                    "a result was refused whole"
                );
                Verdict::Refuse(refusal)
            }
        };
        let hearing = &self.hearing;
        let settlement = Arc::new(Settlement {
            ledger_keys: Arc::clone(&hearing.ledger_keys),
            accepted,
            message_id: delivery.message_id().to_owned(),
            verdict,
        });
        let (pool, principal) = (&hearing.pool, &delivery.principal);
        let events = settle(pool, principal, Arc::clone(&settlement)).await?;
        hearing.metrics.settled(&settlement, events);
        Ok(())
    }

    /// Fetches and checks everything the decision needs. The outer error is a dependency that is
    /// away; the inner one refuses the result for good.
    async fn read(
        &self,
        delivery: &Delivery,
        accepted: &ScanAccepted,
    ) -> Result<Result<(scan::Job, scan::JobResult, JobReport), Refusal>, ResultsFault> {
        let job = match self.job(accepted) {
            Ok(job) => job,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let packed = match self.fetch(delivery, accepted).await {
            Ok(packed) => packed,
            Err(ArtifactFault::Store { source }) => {
                return Err(ResultsFault::Artifact(ArtifactFault::Store { source }));
            }
            Err(fault) => {
                let reason = fault.to_string();
                return Ok(Err(Refusal::Artifact { reason }));
            }
        };
        Ok(unpack(&packed).and_then(|(result, report)| {
            same_attempt(delivery.tenant_key, accepted, &job, &result)?;
            within_plan(&job, &report)?;
            Ok((job, result, report))
        }))
    }

    fn job(&self, accepted: &ScanAccepted) -> Result<scan::Job, Refusal> {
        let refuse = |reason: String| Refusal::JobNotTrusted { reason };
        let wire = scan::JobEnvelope::decode(accepted.job_envelope.as_slice())
            .map_err(|error| refuse(error.to_string()))?;
        let envelope = job_envelope_from_wire(wire);
        let payload = verify(&envelope, JOB_PAYLOAD_TYPE, &self.hearing.job_keys)
            .map_err(|fault| refuse(fault.to_string()))?;
        scan::Job::decode(payload).map_err(|error| refuse(error.to_string()))
    }

    async fn fetch(
        &self,
        delivery: &Delivery,
        accepted: &ScanAccepted,
    ) -> Result<bytes::Bytes, ArtifactFault> {
        let key = ArtifactKey::parse_for(delivery.tenant_key, &accepted.artifact_key)?;
        if key.sha256() != accepted.artifact_sha256 || key.run().to_string() != accepted.run_id {
            return Err(ArtifactFault::Damaged {
                key: key.to_string(),
            });
        }
        self.hearing.artifacts.get(&key, ARTIFACT_BYTES_MAX).await
    }
}

/// Decompresses and decodes a stored result, under bounds.
pub(crate) fn unpack(packed: &[u8]) -> Result<(scan::JobResult, JobReport), Refusal> {
    let unreadable = |reason: String| Refusal::Unreadable { reason };
    let mut bytes = Vec::new();
    zstd::Decoder::new(packed)
        .and_then(|decoder| decoder.take(RESULT_BYTES_MAX).read_to_end(&mut bytes))
        .map_err(|error| unreadable(error.to_string()))?;
    let result =
        scan::JobResult::decode(bytes.as_slice()).map_err(|error| unreadable(error.to_string()))?;
    let report = report_from_wire(&result).map_err(|error| unreadable(error.to_string()))?;
    if from_timestamp(result.finished_at.as_ref()).is_none_or(|at| at > latest_end()) {
        return Err(unreadable(
            "finished_at is not a time that has been".to_owned(),
        ));
    }
    Ok((result, report.with_folded_hosts()))
}

/// A worker's clock may run ahead of ours by this much (promises: signed jobs, ±60 s).
fn latest_end() -> OffsetDateTime {
    OffsetDateTime::now_utc() + time::Duration::seconds(60)
}

impl Handler for ScanAcceptedHandler {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        Outcome::of(self.apply(&delivery).await)
    }
}
