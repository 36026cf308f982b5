//! Settings of this service.

use std::{path::PathBuf, time::Duration};

use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_telemetry::TelemetryArgs;

/// Plans runs, signs their jobs and keeps their state.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-scan-orchestrator", version)]
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
    /// Ed25519 private key (PKCS#8 PEM) that signs jobs
    #[arg(long, env = "WT_JOB_KEY_FILE", value_name = "PATH")]
    pub job_key: PathBuf,
    /// Where asset-registry answers gRPC
    #[arg(long, env = "WT_ASSET_REGISTRY_URL", value_name = "URL")]
    pub asset_registry_url: ServiceUrl,
    /// Where results answers gRPC
    #[arg(long, env = "WT_RESULTS_URL", value_name = "URL")]
    pub results_url: ServiceUrl,
    /// Where tenant answers gRPC: which runs may begin follows from who pays
    #[arg(long, env = "WT_TENANT_URL", value_name = "URL")]
    pub tenant_url: ServiceUrl,
    /// When its background work happens.
    #[command(flatten)]
    pub rhythm: RhythmArgs,
}

/// When the background work happens: how late a deadline, a death or a loss is noticed.
#[derive(Debug, Clone, clap::Args)]
pub struct RhythmArgs {
    /// Milliseconds between two looks for runs past their deadline and for silent jobs
    #[arg(
        long,
        env = "WT_RECONCILE_MS",
        default_value_t = 5_000,
        value_name = "MS"
    )]
    pub reconcile_ms: u64,
    /// Milliseconds of silence after which a worker no longer holds its job: three missed
    /// heartbeats of five seconds, and well under the broker's redelivery of 30 s
    #[arg(long, env = "WT_LEASE_MS", default_value_t = 15_000, value_name = "MS")]
    pub lease_ms: u64,
    /// Milliseconds of silence after which a job is dispatched again, doubling each time: longer
    /// than the broker's redelivery of a job whose worker died (30 s), so that the two do not race
    #[arg(
        long,
        env = "WT_SILENCE_MS",
        default_value_t = 60_000,
        value_name = "MS"
    )]
    pub silence_ms: u64,
    /// Milliseconds between two writes of what workers said about their progress
    #[arg(
        long,
        env = "WT_PROGRESS_MS",
        default_value_t = 1_000,
        value_name = "MS"
    )]
    pub progress_ms: u64,
}

/// Longest of these times: a day is a mistake in the unit.
const RHYTHM_MS_MAX: u64 = 60 * 60 * 1_000;

impl RhythmArgs {
    /// Between two looks of the reconcilers.
    pub(crate) fn reconcile(&self) -> Duration {
        Duration::from_millis(self.reconcile_ms)
    }

    /// Between two writes of progress.
    pub(crate) fn progress(&self) -> Duration {
        Duration::from_millis(self.progress_ms)
    }

    /// The lease in seconds, as the database counts.
    pub(crate) fn lease_seconds(&self) -> f64 {
        Duration::from_millis(self.lease_ms).as_secs_f64()
    }

    /// The silence in seconds, as the database counts.
    pub(crate) fn silence_seconds(&self) -> f64 {
        Duration::from_millis(self.silence_ms).as_secs_f64()
    }

    fn validate(&self) -> Result<(), String> {
        for (name, ms) in [
            ("WT_RECONCILE_MS", self.reconcile_ms),
            ("WT_LEASE_MS", self.lease_ms),
            ("WT_SILENCE_MS", self.silence_ms),
            ("WT_PROGRESS_MS", self.progress_ms),
        ] {
            if !(1..=RHYTHM_MS_MAX).contains(&ms) {
                return Err(format!(
                    "{name}: expected 1 to {RHYTHM_MS_MAX} milliseconds"
                ));
            }
        }
        Ok(())
    }
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }

    fn validate(&self) -> Result<(), String> {
        self.rhythm.validate()
    }
}
