//! Settings of the gateway.
use std::{net::SocketAddr, path::PathBuf};

use clap::Parser;
use url::Url;
use wt_artifacts::ArtifactsArgs;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_rpc::ServiceUrl;
use wt_scope::Network;
use wt_telemetry::TelemetryArgs;
use wt_throttle::ThrottleArgs;

/// Edge: REST, sessions, SSE and the web app.
#[derive(Debug, Clone, Parser)]
#[command(name = "wt-gateway", version, about)]
pub struct Config {
    /// Where HTTP is served
    #[arg(long, env = "WT_LISTEN_ADDR", default_value = "127.0.0.1:8080")]
    pub listen_addr: SocketAddr,
    /// Where browsers reach this gateway, such as `https://watchtower.example.com`; the request's
    /// Host header decides without
    #[arg(long, env = "WT_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Proxies in front whose `x-forwarded-for` is believed; 0 takes the connection's address
    #[arg(long, env = "WT_TRUSTED_PROXIES", default_value_t = 0)]
    pub trusted_proxies: usize,
    /// Folder with the built web app, instead of the one built into this program
    #[arg(long, env = "WT_WEB_DIR")]
    pub web_dir: Option<PathBuf>,
    /// Reads a second that one person or API key may ask for, ten times as many in a burst; its
    /// organization may ask for five times as much
    #[arg(long, env = "WT_READS_PER_SECOND", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub reads_per_second: u32,
    /// Milliseconds that a request's headers may take to arrive, and that a connection may wait for
    /// its next request: longer than proxies keep idle ones (nginx: a minute), so that it is the
    /// proxy that closes them
    #[arg(long, env = "WT_HEADERS_WITHIN_MS", default_value_t = 75_000)]
    pub headers_within_ms: u64,
    /// Milliseconds until a request's answer begins, its body's arrival included; longer than any
    /// call behind it
    #[arg(long, env = "WT_ANSWERS_WITHIN_MS", default_value_t = 30_000,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub answers_within_ms: u64,
    /// JSON list of issuers whose bearer tokens are accepted (docs/guides/set-up-sso.md)
    #[arg(long, env = "WT_TRUSTED_ISSUERS_FILE", value_name = "PATH")]
    pub trusted_issuers_file: Option<PathBuf>,
    /// Special-purpose networks (loopback, private) in which their keys may be, over plain HTTP
    /// too; for development
    #[arg(
        long,
        env = "WT_SSO_ALLOWED_NETWORKS",
        value_delimiter = ',',
        value_parser = network,
        value_name = "CIDR"
    )]
    pub sso_allowed_networks: Vec<Network>,
    /// Services behind this door.
    #[command(flatten)]
    pub upstreams: Upstreams,
    /// Keys of internal tokens.
    #[command(flatten)]
    pub internal: InternalArgs,
    /// The bus.
    #[command(flatten)]
    pub bus: BusArgs,
    /// Stored results.
    #[command(flatten)]
    pub artifacts: ArtifactsArgs,
    /// Shared budgets.
    #[command(flatten)]
    pub throttle: ThrottleArgs,
    /// Logs and traces.
    #[command(flatten)]
    pub telemetry: TelemetryArgs,
    /// Start and stop.
    #[command(flatten)]
    pub lifecycle: LifecycleArgs,
}

/// Where the services are (gRPC, `http://host:port`).
#[derive(Debug, Clone, clap::Args)]
pub struct Upstreams {
    /// The tenant service
    #[arg(long, env = "WT_TENANT_URL")]
    pub tenant_url: ServiceUrl,
    /// The asset registry
    #[arg(long, env = "WT_ASSET_REGISTRY_URL")]
    pub asset_registry_url: ServiceUrl,
    /// The orchestrator
    #[arg(long, env = "WT_SCAN_ORCHESTRATOR_URL")]
    pub scan_orchestrator_url: ServiceUrl,
    /// The results service
    #[arg(long, env = "WT_RESULTS_URL")]
    pub results_url: ServiceUrl,
    /// The notify service
    #[arg(long, env = "WT_NOTIFY_URL")]
    pub notify_url: ServiceUrl,
    /// The report service
    #[arg(long, env = "WT_AI_REPORT_URL")]
    pub ai_report_url: ServiceUrl,
}

impl Settings for Config {
    fn lifecycle(&self) -> &LifecycleArgs {
        &self.lifecycle
    }

    fn telemetry(&self) -> &TelemetryArgs {
        &self.telemetry
    }

    fn validate(&self) -> Result<(), String> {
        match &self.public_url {
            Some(url) if !matches!(url.scheme(), "http" | "https") => Err(format!(
                "WT_PUBLIC_URL must be an http or https address, not {url}"
            )),
            _ => Ok(()),
        }
    }
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text.trim()).map_err(|error| error.to_string())
}
