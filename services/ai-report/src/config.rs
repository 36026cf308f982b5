//! Settings of this service.

use std::time::Duration;

use url::Url;
use wt_artifacts::ArtifactsArgs;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_telemetry::TelemetryArgs;

/// Grounded summaries of what a run found.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-ai-report", version)]
pub struct Config {
    /// Start, stop, admin port.
    #[command(flatten)]
    pub lifecycle: LifecycleArgs,
    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// The gRPC door.
    #[command(flatten)]
    pub rpc: RpcArgs,
    /// Who is let in.
    #[command(flatten)]
    pub internal: InternalArgs,
    /// The database.
    #[command(flatten)]
    pub pg: PgArgs,
    /// The bus.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Where reports lie.
    #[command(flatten)]
    pub artifacts: ArtifactsArgs,
    /// Where results answers
    #[arg(long, env = "WT_RESULTS_URL", value_name = "URL")]
    pub results_url: ServiceUrl,
    /// Where the orchestrator answers
    #[arg(long, env = "WT_SCAN_ORCHESTRATOR_URL", value_name = "URL")]
    pub scan_orchestrator_url: ServiceUrl,
    /// Where people open the web application; links in reports begin with it
    #[arg(
        long,
        env = "WT_PUBLIC_URL",
        default_value = "http://localhost:8080",
        value_name = "URL"
    )]
    pub public_url: Url,
    /// First wait after a report could not be written; doubles up to five minutes
    #[arg(long, env = "WT_REPORT_RETRY", default_value = "5s", value_parser = wt_config::parse_duration)]
    pub retry_base: Duration,
    /// How often is looked for work nobody announced, such as a retry that became due
    #[arg(long, env = "WT_REPORT_PERIOD", default_value = "5s", value_parser = wt_config::parse_duration)]
    pub period: Duration,
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }

    fn validate(&self) -> Result<(), String> {
        if self.public_url.cannot_be_a_base() || !self.public_url.scheme().starts_with("http") {
            return Err("WT_PUBLIC_URL: expected an http or https URL".to_owned());
        }
        if self.period.is_zero() || self.retry_base.is_zero() {
            return Err("WT_REPORT_PERIOD and WT_REPORT_RETRY must be more than zero".to_owned());
        }
        Ok(())
    }
}
