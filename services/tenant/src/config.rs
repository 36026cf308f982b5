//! Settings of this service.

use std::{net::SocketAddr, path::PathBuf};

use url::Url;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_rpc::RpcArgs;
use wt_scope::Network;
use wt_seal::MasterKeyArgs;
use wt_telemetry::TelemetryArgs;

/// Keeps organizations and people, signs them in and signs their access tokens.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-tenant", version)]
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
    /// The master key of secrets at rest.
    #[command(flatten)]
    pub master_key: MasterKeyArgs,
    /// Resolver that proofs of single sign-on's domains are looked for through
    #[arg(
        long,
        env = "WT_SSO_RESOLVER",
        default_value = "1.1.1.1:53",
        value_name = "ADDR"
    )]
    pub sso_resolver: SocketAddr,
    /// Special-purpose networks (loopback, private) in which identity providers may be, over plain
    /// HTTP too; for development
    #[arg(
        long,
        env = "WT_SSO_ALLOWED_NETWORKS",
        value_delimiter = ',',
        value_parser = network,
        value_name = "CIDR"
    )]
    pub sso_allowed_networks: Vec<Network>,
    /// Ed25519 private key (PKCS#8 PEM) that signs access tokens first; a file that was never seen
    /// before takes over at once
    #[arg(long, env = "WT_ACCESS_KEY_FILE", value_name = "PATH")]
    pub access_key: PathBuf,
    /// Days for which one key signs access tokens; the next one is made and published in time
    #[arg(
        long,
        env = "WT_ACCESS_KEY_DAYS",
        default_value_t = 30,
        value_parser = clap::value_parser!(u16).range(1..=365)
    )]
    pub access_key_days: u16,
    /// Address people use, such as `https://watchtower.example.com`. Passkeys belong to the name in
    /// it: without a name there are none, and another name makes those that exist useless
    #[arg(long, env = "WT_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<Url>,
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
    Network::parse(text.trim()).map_err(|fault| fault.to_string())
}
