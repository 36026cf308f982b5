//! Settings of this service.

use std::path::PathBuf;

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
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }
}
