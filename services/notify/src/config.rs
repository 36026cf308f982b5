//! Settings of this service.

use std::{sync::Arc, time::Duration};

use url::Url;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_config::Secret;
use wt_lifecycle::{Life, LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_rpc::{RpcArgs, ServiceUrl};
use wt_scope::Network;
use wt_seal::{MasterKeyArgs, Seal, SealFault};
use wt_telemetry::TelemetryArgs;

/// Tells people what changed.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "wt-notify", version)]
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
    /// The master key of secrets at rest; without it there are no webhooks and chats.
    #[command(flatten)]
    pub master_key: MasterKeyArgs,
    /// Special-purpose networks (loopback, private) in which receivers of webhooks may be, over
    /// plain HTTP too; for development, and for receivers inside the operator's own network
    #[arg(
        long,
        env = "WT_NOTIFY_ALLOWED_NETWORKS",
        value_delimiter = ',',
        value_parser = network,
        value_name = "CIDR"
    )]
    pub allowed_networks: Vec<Network>,
    /// Where results answers
    #[arg(long, env = "WT_RESULTS_URL", value_name = "URL")]
    pub results_url: ServiceUrl,
    /// Where tenant answers
    #[arg(long, env = "WT_TENANT_URL", value_name = "URL")]
    pub tenant_url: ServiceUrl,
    /// The mail server, such as `smtps://user:password@mail.example.com` or
    /// `smtp://127.0.0.1:2525`. Empty or unset: mails are recorded as failed, not kept waiting
    #[arg(long, env = "WT_SMTP_URL", hide_env_values = true, value_name = "URL")]
    pub smtp_url: Option<Secret>,
    /// Who mails come from
    #[arg(
        long,
        env = "WT_SMTP_FROM",
        default_value = "Watchtower <watchtower@localhost>",
        value_name = "MAILBOX"
    )]
    pub smtp_from: String,
    /// Where people open the web application; links in mails begin with it
    #[arg(
        long,
        env = "WT_PUBLIC_URL",
        default_value = "http://localhost:8080",
        value_name = "URL"
    )]
    pub public_url: Url,
    /// First wait after a mail or a question failed; doubles up to an hour
    #[arg(long, env = "WT_NOTIFY_RETRY", default_value = "30s", value_parser = wt_config::parse_duration)]
    pub retry_base: Duration,
    /// How often is looked for work nobody announced, such as a retry that became due
    #[arg(long, env = "WT_NOTIFY_PERIOD", default_value = "5s", value_parser = wt_config::parse_duration)]
    pub period: Duration,
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text.trim()).map_err(|fault| fault.to_string())
}

impl Config {
    /// What seals secrets of integrations. A fleet that had no master key for this service goes
    /// on without: mails need none.
    pub(crate) fn seal(&self, life: &Life) -> Result<Option<Seal>, SealFault> {
        let keys = &self.master_key;
        if !keys.is_set() {
            return Ok(None);
        }
        let master = keys.load()?;
        wt_seal::watch(life, Arc::clone(&master));
        Ok(Some(Seal::new(master, crate::SCHEMA)))
    }

    /// The mail server, if one was named. An empty value is how a compose file says none.
    pub(crate) fn mail_server(&self) -> Option<&Secret> {
        self.smtp_url
            .as_ref()
            .filter(|url| !url.expose().is_empty())
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
        if self.public_url.cannot_be_a_base() || !self.public_url.scheme().starts_with("http") {
            return Err("WT_PUBLIC_URL: expected an http or https URL".to_owned());
        }
        if self.period.is_zero() || self.retry_base.is_zero() {
            return Err("WT_NOTIFY_PERIOD and WT_NOTIFY_RETRY must be more than zero".to_owned());
        }
        Ok(())
    }
}
