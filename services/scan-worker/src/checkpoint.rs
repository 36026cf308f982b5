//! What an attempt settled so far, kept so that the next attempt need not settle it again.
//!
//! A checkpoint holds the units since the one before it, which it names: all together they are
//! what is settled. **Invariant**: it is an offer. It counts for the very same signed job, from
//! the same engine and vantage, and each unit has to settle exactly the cells that the plan has
//! there; anything else is left with a warning, and the job begins anew.
use std::io::{self, Read};

use bytes::Bytes;
use tokio::sync::mpsc;
use wt_artifacts::{ArtifactFault, ArtifactKey, Artifacts, InvalidKey};
use wt_engine::{SettledUnit, Work};
use wt_exposure::JobReport;
use wt_proto::{
    Message,
    convert::{InvalidMessage, report_from_wire, report_to_wire},
    scan,
};

use crate::{intake::VerifiedJob, telling::Gathered};

/// Most stored bytes of one checkpoint: a quarter of what a whole result may have.
const BYTES_MAX: u64 = 16 << 20;
/// Most of its bytes when they are unpacked, so that a bomb meets a refusal.
const UNPACKED_BYTES_MAX: u64 = 128 << 20;
/// Most checkpoints of one job: it has no more units.
const CHECKPOINTS_MAX: usize = wt_model::HOSTS_PER_JOB_MAX;
/// As results are packed.
const ZSTD_LEVEL: i32 = 3;

/// A checkpoint that is not taken over, or could not be kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CheckpointFault {
    /// Not the name of one of this run's artifacts.
    #[error("it is not named as one of this run's")]
    Key(#[from] InvalidKey),
    /// Gone, damaged, too long, or the store is away.
    #[error("it can't be read or stored")]
    Artifact(#[from] ArtifactFault),
    /// The bytes don't unpack.
    #[error("it can't be packed or unpacked")]
    Pack(#[from] io::Error),
    /// A row in it is none.
    #[error("a row in it is none")]
    Row(#[from] InvalidMessage),
    /// Of another job, engine or vantage, or of other cells.
    #[error("{0}")]
    DoesNotFit(&'static str),
}

/// The newest checkpoint of a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Its artifact; empty for none.
    pub(crate) key: String,
    /// Cells that are settled in it and those before it.
    pub(crate) cells: u64,
}

/// One settled unit on its way to the store.
pub(crate) struct Unit {
    pub(crate) wire: scan::SettledUnit,
    /// Cells that are settled with it and everything before it.
    pub(crate) cells_settled: u64,
}

/// A unit as it is stored.
pub(crate) fn to_wire(unit: &SettledUnit) -> scan::SettledUnit {
    let report = JobReport {
        cells: unit.cells.clone(),
        observations: unit.observations.clone(),
        denials: unit.denials.clone(),
        ..JobReport::default()
    };
    let mut rows = scan::JobResult::default();
    report_to_wire(&report, &mut rows);
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    scan::SettledUnit {
        hosts_from: place(unit.hosts.start),
        hosts_to: place(unit.hosts.end),
        rows: Some(rows),
    }
}

fn from_wire(wire: &scan::SettledUnit) -> Result<SettledUnit, CheckpointFault> {
    let report = report_from_wire(wire.rows.as_ref().unwrap_or(&scan::JobResult::default()))?;
    let place = |at: u32| usize::try_from(at).unwrap_or(usize::MAX);
    Ok(SettledUnit {
        hosts: place(wire.hosts_from)..place(wire.hosts_to),
        cells: report.cells,
        observations: report.observations,
        denials: report.denials,
        is_whole: true,
    })
}

/// The checkpoints of one job.
#[derive(Clone)]
pub(crate) struct Checkpoints {
    pub(crate) artifacts: Artifacts,
    pub(crate) job: VerifiedJob,
    pub(crate) vantage: String,
}

impl Checkpoints {
    /// Takes over what earlier attempts settled, all of it or nothing.
    pub(crate) async fn take_over(&self, newest: &str, work: &mut Work<'_>) -> Kept {
        let job_id = self.job.job_id;
        if newest.is_empty() {
            return Kept::default();
        }
        let units = match self.read(newest).await {
            Ok(units) => units,
            Err(fault) => {
                let error = wt_fault::chain(&fault);
                tracing::warn!(%job_id, error, "a checkpoint was left, the job begins anew");
                return Kept::default();
            }
        };
        let offered = units.len();
        let taken = units
            .into_iter()
            .filter(|unit| work.take_over(unit.clone()));
        let taken = taken.count();
        if taken < offered {
            // What was taken fits; what follows must not name a checkpoint that does not.
            tracing::warn!(%job_id, taken, offered, "not all units of a checkpoint fit");
            return Kept::default();
        }
        let cells = work.cells_settled();
        tracing::info!(%job_id, units = taken, cells, "an earlier attempt's units were taken over");
        Kept {
            key: newest.to_owned(),
            cells,
        }
    }

    async fn read(&self, newest: &str) -> Result<Vec<SettledUnit>, CheckpointFault> {
        let mut units = Vec::new();
        let mut next = newest.to_owned();
        for _ in 0..CHECKPOINTS_MAX {
            if next.is_empty() {
                return Ok(units);
            }
            let checkpoint = self.read_one(&next).await?;
            for unit in &checkpoint.units {
                units.push(from_wire(unit)?);
            }
            next = checkpoint.previous;
        }
        Err(CheckpointFault::DoesNotFit("it has no beginning"))
    }

    async fn read_one(&self, key: &str) -> Result<scan::JobCheckpoint, CheckpointFault> {
        let key = ArtifactKey::parse_for(self.job.tenant_key, key)?;
        if key.run() != self.job.run_id {
            return Err(InvalidKey.into());
        }
        let packed = self.artifacts.get(&key, BYTES_MAX).await?;
        let mut bytes = Vec::new();
        zstd::Decoder::new(packed.as_ref())?
            .take(UNPACKED_BYTES_MAX)
            .read_to_end(&mut bytes)?;
        let read = scan::JobCheckpoint::decode(bytes.as_slice())
            .map_err(|_| CheckpointFault::DoesNotFit("it is no checkpoint"))?;
        let own = self.header();
        for (theirs, ours, why) in [
            (&read.job_sha256, &own.job_sha256, "it is of another job"),
            (
                &read.check_set_digest,
                &own.check_set_digest,
                "it is of other checks",
            ),
            (
                &read.engine_version,
                &own.engine_version,
                "it is of another engine",
            ),
            (&read.vantage, &own.vantage, "it was seen from elsewhere"),
        ] {
            if theirs != ours {
                return Err(CheckpointFault::DoesNotFit(why));
            }
        }
        Ok(read)
    }

    /// Stores units as they settle, each time with those that could not be stored before, and
    /// notes the newest checkpoint to be told. Ends with its sender, or at a unit that is too
    /// long to keep.
    pub(crate) async fn keep(
        self,
        mut newest: Kept,
        mut settled: mpsc::Receiver<Unit>,
        news: Gathered,
    ) {
        let mut units = Vec::new();
        while let Some(unit) = settled.recv().await {
            newest.cells = unit.cells_settled;
            units.push(unit.wire);
            match self.store(&newest.key, &units).await {
                Ok(key) => {
                    newest.key = key;
                    units.clear();
                    news.kept(newest.clone());
                }
                Err(CheckpointFault::Artifact(ArtifactFault::TooLong { .. })) => return,
                Err(fault) => {
                    let error = wt_fault::chain(&fault);
                    tracing::warn!(job_id = %self.job.job_id, error, "no checkpoint was kept");
                }
            }
        }
    }

    async fn store(
        &self,
        previous: &str,
        units: &[scan::SettledUnit],
    ) -> Result<String, CheckpointFault> {
        let checkpoint = scan::JobCheckpoint {
            previous: previous.to_owned(),
            units: units.to_vec(),
            ..self.header()
        };
        let packed = zstd::encode_all(checkpoint.encode_to_vec().as_slice(), ZSTD_LEVEL)?;
        if u64::try_from(packed.len()).unwrap_or(u64::MAX) > BYTES_MAX {
            return Err(ArtifactFault::TooLong { max: BYTES_MAX }.into());
        }
        let (tenant, run) = (self.job.tenant_key, self.job.run_id);
        let key = self.artifacts.put(tenant, run, Bytes::from(packed)).await?;
        Ok(key.to_string())
    }

    fn header(&self) -> scan::JobCheckpoint {
        scan::JobCheckpoint {
            job_sha256: self.job.sha256.clone(),
            check_set_digest: self.job.check_set_digest.clone(),
            engine_version: wt_engine::ENGINE_VERSION.to_owned(),
            vantage: self.vantage.clone(),
            ..scan::JobCheckpoint::default()
        }
    }
}
