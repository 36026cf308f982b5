//! One job from its delivery to its acknowledgement.
use std::{sync::Arc, time::Duration};

use time::OffsetDateTime;
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use wt_artifacts::Artifacts;
use wt_bus::{Bus, Delivery, Handler, Outcome, envelope_for};
use wt_engine::{Engine, EngineFault, HOSTS_PER_UNIT};
use wt_envelope::TrustedKeys;
use wt_exposure::JobReport;
use wt_fault::Fault;
use wt_model::{Pool, Principal, TenantKey};
use wt_proto::{
    event::{ScanCancelled, ScanFailed},
    scan,
    subject::EventPayload,
};

use crate::{
    SERVICE,
    checkpoint::{Checkpoints, Unit, to_wire},
    intake::{Cancels, Claim, Refusal, VerifiedJob, claim, verify_job},
    metrics::WorkerMetrics,
    report::{Attempt, announce, deliver},
    telling::{Gathered, tell},
};

/// Wait before a job that was handed back is delivered again: longer than this process still asks
/// for messages after it was told to stop, so that it does not get its own job back.
const AGAIN: Duration = Duration::from_secs(3);

/// Wait for a job another worker holds: a third of the orchestrator's lease.
const LEASE_WAIT: Duration = Duration::from_secs(6);
/// Delivery at which waiting ends, one before the bus would keep it as a dead letter.
const LAST_WAIT: i64 = wt_model::DELIVERIES_MAX - 1;

/// Everything a job needs.
pub(crate) struct Worker {
    pub(crate) bus: Bus,
    pub(crate) engine: Engine,
    pub(crate) artifacts: Artifacts,
    pub(crate) keys: TrustedKeys,
    pub(crate) cancels: Cancels,
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) stopping: CancellationToken,
    /// How long jobs under way may go on after the signal to stop.
    pub(crate) drain: Duration,
    pub(crate) id: String,
    pub(crate) vantage: String,
    /// Whose jobs this worker takes.
    pub(crate) pool: Pool,
}

/// How the engine's part ended.
enum Ended {
    Report(JobReport),
    Cancelled,
    /// This process stops before the job is done.
    HandedBack,
    Failed(EngineFault),
}

impl Handler for Worker {
    async fn handle(&self, delivery: Delivery) -> Outcome {
        let envelope = match delivery.payload::<scan::JobEnvelope>() {
            Ok(envelope) => envelope,
            Err(error) => {
                return Outcome::Reject {
                    cause: wt_fault::chain(&error),
                };
            }
        };
        if self.stopping.is_cancelled() {
            return Outcome::Retry {
                after: AGAIN,
                cause: "the worker stops".to_owned(),
            };
        }
        let now = OffsetDateTime::now_utc();
        match verify_job(envelope, delivery.tenant_key, &self.keys, self.pool, now) {
            Ok(job) => self.run(job, &delivery).await,
            Err(refusal) => self.refuse(&refusal, &delivery).await,
        }
    }
}

impl Worker {
    async fn run(&self, mut job: VerifiedJob, delivery: &Delivery) -> Outcome {
        // Entered before the claim: a cancel in between is not missed.
        let entry = self.cancels.enter(job.run_id, job.job_id, job.tenant_key);
        let (attempt, checkpoint) = match claim(&self.bus, &job, &self.id, self.pool).await {
            Claim::Granted {
                attempt,
                checkpoint,
            } => (attempt, checkpoint),
            // Another worker holds it, or held it until a moment ago; the last delivery is given
            // up, because the orchestrator dispatches a job nobody is heard of by itself.
            Claim::NotGranted(code) if code == "job.leased" && delivery.delivered < LAST_WAIT => {
                return Outcome::Retry {
                    after: LEASE_WAIT,
                    cause: "another worker holds the job".to_owned(),
                };
            }
            Claim::NotGranted(code) => {
                tracing::info!(job_id = %job.job_id, code, "the job is not to be run");
                self.metrics.job_ended("not_granted");
                return Outcome::Done;
            }
            Claim::NoAnswer => {
                // The orchestrator is away: that is no fault of the job's.
                return Outcome::Wait {
                    after: AGAIN,
                    cause: "nobody handed out an attempt".to_owned(),
                };
            }
        };
        // Being handed an attempt may have taken minutes.
        job.keep_to_the_time_left(OffsetDateTime::now_utc());
        tracing::info!(job_id = %job.job_id, run_id = %job.run_id, attempt, "job started");
        self.metrics.running.inc();
        let started_at = OffsetDateTime::now_utc();
        let ended = self
            .scan(
                &job,
                attempt,
                &checkpoint,
                &delivery.principal,
                &entry.token,
            )
            .await;
        self.metrics.running.dec();
        let attempt = Attempt {
            job: &job,
            number: attempt,
            principal: &delivery.principal,
            started_at,
            cells_planned: self.engine.plan(&job.spec).cells(),
        };
        self.settle(&attempt, ended).await
    }

    async fn scan(
        &self,
        job: &VerifiedJob,
        attempt: u32,
        checkpoint: &str,
        principal: &Principal,
        cancel: &CancellationToken,
    ) -> Ended {
        let news = Gathered::default();
        let done = CancellationToken::new();
        let telling = tokio::spawn(tell(
            self.bus.clone(),
            job.clone(),
            attempt,
            principal.clone(),
            news.clone(),
            done.clone(),
        ));
        let time_is_up = async {
            self.stopping.cancelled().await;
            tokio::time::sleep(self.drain).await;
        };
        let ended = tokio::select! {
            result = self.work_off(job, checkpoint, &news, cancel) => match result {
                Ok(report) => Ended::Report(report),
                Err(EngineFault::Cancelled) => Ended::Cancelled,
                Err(fault) => Ended::Failed(fault),
            },
            () = time_is_up => Ended::HandedBack,
        };
        done.cancel();
        // Its end is only a matter of one last message; a lost one is harmless.
        let _ = telling.await;
        ended
    }

    /// Settles what earlier attempts left, unit by unit; all but the last are kept, because that
    /// is followed by the result itself.
    async fn work_off(
        &self,
        job: &VerifiedJob,
        checkpoint: &str,
        news: &Gathered,
        cancel: &CancellationToken,
    ) -> Result<JobReport, EngineFault> {
        let plan = self.engine.plan(&job.spec);
        let mut work = self
            .engine
            .begin(&job.spec, &plan, HOSTS_PER_UNIT, news, cancel);
        let checkpoints = Checkpoints {
            artifacts: self.artifacts.clone(),
            job: job.clone(),
            vantage: self.vantage.clone(),
        };
        let newest = checkpoints.take_over(checkpoint, &mut work).await;
        let (settled, units) = mpsc::channel(1);
        // Ends with this attempt.
        let mut keeping = JoinSet::new();
        keeping.spawn(checkpoints.keep(newest, units, news.clone()));
        loop {
            let is_last = work.units_left() <= 1;
            let Some(unit) = work.next().await? else {
                break;
            };
            if is_last || !unit.is_whole {
                continue;
            }
            let unit = Unit {
                wire: to_wire(unit),
                cells_settled: work.cells_settled(),
            };
            // Nobody hears it where keeping was given up; the job goes on without.
            let _ = settled.send(unit).await;
        }
        work.finish().await
    }

    async fn settle(&self, attempt: &Attempt<'_>, ended: Ended) -> Outcome {
        let job = attempt.job;
        match ended {
            Ended::Report(report) => match deliver(self, attempt, &report).await {
                Ok(()) => {
                    let cells = report.cells.iter().map(wt_exposure::CellRun::len).sum();
                    self.metrics.cells.inc_by(cells);
                    let denials = u64::try_from(report.denials.len()).unwrap_or_default();
                    self.metrics.denials.inc_by(denials);
                    self.metrics.job_ended("completed");
                    tracing::info!(job_id = %job.job_id, attempt = attempt.number, cells, "job completed");
                    Outcome::Done
                }
                Err(fault) => {
                    self.metrics.job_ended("returned");
                    Outcome::of(Err(fault))
                }
            },
            Ended::Cancelled => {
                self.metrics.job_ended("cancelled");
                let cancelled = ScanCancelled {
                    job_id: job.job_id.to_string(),
                    run_id: job.run_id.to_string(),
                    attempt: attempt.number,
                    worker_id: self.id.clone(),
                };
                let id = format!("{}:{}:cancelled", job.job_id, attempt.number);
                self.say(&id, job.tenant_key, attempt.principal, &cancelled)
                    .await
            }
            Ended::HandedBack => {
                self.metrics.job_ended("returned");
                Outcome::Retry {
                    after: AGAIN,
                    cause: "the worker stops".to_owned(),
                }
            }
            Ended::Failed(fault) => {
                self.metrics.job_ended("failed");
                let failed = ScanFailed {
                    job_id: job.job_id.to_string(),
                    run_id: job.run_id.to_string(),
                    attempt: attempt.number,
                    code: fault.code().to_owned(),
                    reason: wt_fault::chain(&fault),
                    retryable: false,
                    worker_id: self.id.clone(),
                };
                tracing::error!(job_id = %job.job_id, code = failed.code, reason = failed.reason, "job failed");
                let id = format!("{}:{}:failed", job.job_id, attempt.number);
                self.say(&id, job.tenant_key, attempt.principal, &failed)
                    .await
            }
        }
    }

    async fn refuse(&self, refusal: &Refusal, delivery: &Delivery) -> Outcome {
        tracing::warn!(
            code = refusal.code,
            reason = refusal.reason,
            message_id = delivery.message_id(),
            "a job was refused"
        );
        self.metrics.job_ended("refused");
        let (job_id, run_id) = refusal.ids.clone().unwrap_or_default();
        let failed = ScanFailed {
            job_id,
            run_id,
            attempt: 0,
            code: refusal.code.to_owned(),
            reason: refusal.reason.clone(),
            retryable: false,
            worker_id: self.id.clone(),
        };
        let id = format!("{}:refused", delivery.message_id());
        self.say(&id, delivery.tenant_key, &delivery.principal, &failed)
            .await
    }

    async fn say<P: EventPayload>(
        &self,
        message_id: &str,
        tenant: TenantKey,
        principal: &Principal,
        payload: &P,
    ) -> Outcome {
        let envelope = envelope_for(SERVICE, tenant, principal, payload);
        Outcome::of(announce(&self.bus, P::TYPE, message_id, &envelope).await)
    }
}
