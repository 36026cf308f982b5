//! A result leaves: first its bytes are stored, then it is announced.
use std::{io, time::Duration};

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::time::Instant;
use wt_bus::{Bus, BusFault, envelope_for};
use wt_exposure::{CellRun, JobReport};
use wt_fault::{Fault, Kind};
use wt_model::Principal;
use wt_proto::{
    Message,
    convert::{report_to_wire, to_timestamp},
    event::{Envelope, ScanCompleted},
    scan,
    subject::EventPayload,
};

use crate::{SERVICE, intake::VerifiedJob, task::Worker};

/// How long the store and the bus are waited for before the job goes back.
const PATIENCE: Duration = Duration::from_mins(2);
/// Wait between two tries.
const AGAIN: Duration = Duration::from_secs(1);
/// Level of compression: three is the library's own choice of speed against size.
const ZSTD_LEVEL: i32 = 3;

/// Why a result could not leave.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportFault {
    /// The bytes could not be packed.
    #[error("the result can't be packed")]
    Pack(#[source] io::Error),
    /// The store is away.
    #[error("the result can't be stored")]
    Store(#[from] wt_artifacts::ArtifactFault),
    /// The bus is away.
    #[error("the result can't be announced")]
    Announce(#[from] BusFault),
}

impl Fault for ReportFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Pack(_) => Kind::Internal,
            Self::Store(fault) => fault.kind(),
            Self::Announce(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Pack(_) => "job.result_not_packed",
            Self::Store(fault) => fault.code(),
            Self::Announce(fault) => fault.code(),
        }
    }
}

/// What an attempt ended with.
pub(crate) struct Attempt<'a> {
    pub(crate) job: &'a VerifiedJob,
    pub(crate) number: u32,
    pub(crate) principal: &'a Principal,
    pub(crate) started_at: OffsetDateTime,
    pub(crate) cells_planned: u64,
}

/// Stores a report and announces it.
pub(crate) async fn deliver(
    worker: &Worker,
    attempt: &Attempt<'_>,
    report: &JobReport,
) -> Result<(), ReportFault> {
    let job = attempt.job;
    let mut result = scan::JobResult {
        job_id: job.job_id.to_string(),
        run_id: job.run_id.to_string(),
        tenant_key: job.tenant_key.to_string(),
        attempt: attempt.number,
        engine_name: wt_engine::ENGINE_NAME.to_owned(),
        engine_version: wt_engine::ENGINE_VERSION.to_owned(),
        check_set_digest: job.check_set_digest.clone(),
        vantage: worker.vantage.clone(),
        worker_id: worker.id.clone(),
        started_at: Some(to_timestamp(attempt.started_at)),
        finished_at: Some(to_timestamp(OffsetDateTime::now_utc())),
        ..scan::JobResult::default()
    };
    report_to_wire(report, &mut result);
    let packed = zstd::encode_all(result.encode_to_vec().as_slice(), ZSTD_LEVEL)
        .map(Bytes::from)
        .map_err(ReportFault::Pack)?;
    let deadline = Instant::now() + PATIENCE;
    let key = loop {
        match worker
            .artifacts
            .put(job.tenant_key, job.run_id, packed.clone())
            .await
        {
            Ok(key) => break key,
            Err(fault) if Instant::now() < deadline => wait(&fault).await,
            Err(fault) => return Err(fault.into()),
        }
    };
    let completed = ScanCompleted {
        job_id: job.job_id.to_string(),
        run_id: job.run_id.to_string(),
        attempt: attempt.number,
        artifact_key: key.to_string(),
        artifact_sha256: key.sha256().to_owned(),
        artifact_bytes: u64::try_from(packed.len()).unwrap_or(u64::MAX),
        cells_planned: attempt.cells_planned,
        cells_settled: report.cells.iter().map(CellRun::len).sum(),
        observations: u32::try_from(report.observations.len()).unwrap_or(u32::MAX),
        worker_id: worker.id.clone(),
    };
    let envelope = envelope_for(SERVICE, job.tenant_key, attempt.principal, &completed);
    let message_id = format!("{}:{}", job.job_id, attempt.number);
    announce(&worker.bus, ScanCompleted::TYPE, &message_id, &envelope).await?;
    Ok(())
}

/// Publishes one envelope under one message id until the broker has it.
pub(crate) async fn announce(
    bus: &Bus,
    subject: &str,
    message_id: &str,
    envelope: &Envelope,
) -> Result<(), BusFault> {
    let bytes = Bytes::from(envelope.encode_to_vec());
    let deadline = Instant::now() + PATIENCE;
    loop {
        match bus.publish_bytes(subject, message_id, bytes.clone()).await {
            Ok(()) => return Ok(()),
            Err(fault) if Instant::now() < deadline => wait(&fault).await,
            Err(fault) => return Err(fault),
        }
    }
}

async fn wait(fault: &(dyn Fault + Sync)) {
    tracing::warn!(code = fault.code(), error = %fault, "tried again soon");
    tokio::time::sleep(AGAIN).await;
}
