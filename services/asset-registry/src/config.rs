//! Settings of this service.

use std::net::SocketAddr;

use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_scope::Network;
use wt_telemetry::TelemetryArgs;

use crate::proof::{Vantage, VantageRefused};

/// Most resolvers asked at once: more add load on the owner's servers and no certainty.
const RESOLVERS_MAX: usize = 9;

/// Registers what organizations own and checks the proofs of it.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-asset-registry", version)]
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
    /// Where tenant answers gRPC: how many assets may be verified follows from who pays
    #[arg(long, env = "WT_TENANT_URL", value_name = "URL")]
    pub tenant_url: ServiceUrl,
    /// Resolvers that proofs are looked for through, each a vantage point of its own; with three
    /// or more, one may be wrong
    #[arg(
        long,
        env = "WT_PROOF_RESOLVERS",
        value_delimiter = ',',
        default_value = "1.1.1.1:53,8.8.8.8:53,9.9.9.9:53",
        value_name = "ADDR"
    )]
    pub proof_resolvers: Vec<SocketAddr>,
    /// Ports a proof file is looked for on; only 80 outside development
    #[arg(
        long,
        env = "WT_PROOF_HTTP_PORTS",
        value_delimiter = ',',
        default_value = "80",
        value_name = "PORT"
    )]
    pub proof_http_ports: Vec<u16>,
    /// Special-purpose networks (loopback, private) that may be looked at all the same
    #[arg(
        long,
        env = "WT_ALLOWED_NETWORKS",
        value_delimiter = ',',
        value_parser = network,
        value_name = "CIDR"
    )]
    pub allowed_networks: Vec<Network>,
}

impl Config {
    /// The vantage points of these settings.
    pub(crate) fn vantages(&self) -> Result<Vec<Vantage>, VantageRefused> {
        self.proof_resolvers
            .iter()
            .map(|server| {
                Vantage::new(
                    *server,
                    self.allowed_networks.clone(),
                    self.proof_http_ports.clone(),
                )
            })
            .collect()
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
        if self.proof_resolvers.is_empty() || self.proof_resolvers.len() > RESOLVERS_MAX {
            return Err(format!(
                "WT_PROOF_RESOLVERS: name 1 to {RESOLVERS_MAX} resolvers"
            ));
        }
        if self.proof_http_ports.is_empty() {
            return Err("WT_PROOF_HTTP_PORTS: name at least one port".to_owned());
        }
        Ok(())
    }
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text.trim()).map_err(|error| error.to_string())
}
