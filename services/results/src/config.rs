//! Settings of this service.

use std::{path::PathBuf, time::Duration};

use wt_artifacts::ArtifactsArgs;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_envelope::{TrustedKeys, VerifyingKey};
use wt_lifecycle::{LifecycleArgs, Settings, StartError};
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_telemetry::TelemetryArgs;

use crate::ledger_keys::LedgerArgs;

/// Applies results, keeps exposures and proves what happened to them.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-results", version)]
pub struct Config {
    /// The lifecycle's section.
    #[command(flatten)]
    pub lifecycle: LifecycleArgs,
    /// The telemetry section.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// The gRPC door's section.
    #[command(flatten)]
    pub rpc: RpcArgs,
    /// The internal tokens' section.
    #[command(flatten)]
    pub internal: InternalArgs,
    /// The database's section.
    #[command(flatten)]
    pub pg: PgArgs,
    /// The bus's section.
    #[command(flatten)]
    pub bus: BusArgs,
    /// The object store's section.
    #[command(flatten)]
    pub artifacts: ArtifactsArgs,
    /// Directory of `*.pub.pem`: keys whose signature makes a job ours
    #[arg(long, env = "WT_JOB_TRUST_DIR", value_name = "DIR")]
    pub job_trust_dir: PathBuf,
    /// The ledger's keys.
    #[command(flatten)]
    pub ledger: LedgerArgs,
    /// Where tenant answers gRPC: how long history is kept follows from who pays
    #[arg(long, env = "WT_TENANT_URL", value_name = "URL")]
    pub tenant_url: ServiceUrl,
    /// How often history that a plan keeps no longer is looked for, in milliseconds
    #[arg(
        long,
        env = "WT_RETENTION_EVERY_MS",
        default_value = "60000",
        value_name = "MS"
    )]
    pub retention_every_ms: u64,
}

impl Config {
    /// The keys jobs are signed with.
    pub(crate) fn job_keys(&self) -> Result<TrustedKeys, StartError> {
        let dir = &self.job_trust_dir;
        let at = |error| format!("WT_JOB_TRUST_DIR {}: {error}", dir.display());
        let mut keys = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(at)? {
            let path = entry.map_err(at)?.path();
            if path.to_string_lossy().ends_with(".pub.pem") {
                let text = std::fs::read_to_string(&path).map_err(at)?;
                let key = VerifyingKey::from_spki_pem(&text)
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                keys.push(key);
            }
        }
        if keys.is_empty() {
            return Err(format!("WT_JOB_TRUST_DIR {}: no key in it", dir.display()).into());
        }
        Ok(keys.into_iter().collect())
    }

    /// How often history that ended is looked for.
    pub(crate) fn retention_every(&self) -> Duration {
        // A timer without a period would be none.
        Duration::from_millis(self.retention_every_ms.max(1))
    }
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }
}
