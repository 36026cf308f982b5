//! Settings of this service.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use url::Url;
use wt_auth::InternalArgs;
use wt_bus::BusArgs;
use wt_config::{ConfigFault, Secret};
use wt_lifecycle::{LifecycleArgs, Settings};
use wt_pg::PgArgs;
use wt_plan::{Plan, PriceList, Prices};
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
    /// Whether signing up signs in at once, or only mails: then nobody learns from it whether an
    /// address has an account, and who has not answered a mail does not sign in
    #[arg(long, env = "WT_SIGN_UP", value_enum, default_value = "at_once")]
    pub sign_up: SignUps,
    /// What can be bought, and where.
    #[command(flatten)]
    pub billing: BillingArgs,
}

/// How somebody without an account gets one
/// (docs/decisions/0007-what-a-stranger-learns-about-accounts.md).
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum SignUps {
    /// Signed in with the first answer.
    AtOnce,
    /// By a link in a mail.
    ByMail,
}

impl SignUps {
    /// Whether an account may be signed in to with its password, given whether its address is proven.
    pub(crate) fn admits(self, email_verified: bool) -> bool {
        email_verified || self == Self::AtOnce
    }
}

/// Plans: what everybody has, and the payment provider that sells more.
#[derive(Debug, Clone, clap::Args)]
pub struct BillingArgs {
    /// Plan of every organization that pays nothing: `enterprise` where nothing is sold
    #[arg(
        long,
        env = "WT_DEFAULT_PLAN",
        default_value_t = Plan::Free,
        value_name = "PLAN"
    )]
    pub default_plan: Plan,
    /// What the Team plan costs, as shown: `49 EUR/month,490 EUR/year`, or one of both. It is not
    /// what is charged, which are the payment provider's prices: keep them equal. None is shown
    /// where nothing is said
    #[arg(long, env = "WT_TEAM_PRICE", default_value_t, value_name = "PRICES")]
    pub team_price: Prices,
    /// What the Business plan costs, as shown
    #[arg(
        long,
        env = "WT_BUSINESS_PRICE",
        default_value_t,
        value_name = "PRICES"
    )]
    pub business_price: Prices,
    /// What the Enterprise plan costs, as shown
    #[arg(
        long,
        env = "WT_ENTERPRISE_PRICE",
        default_value_t,
        value_name = "PRICES"
    )]
    pub enterprise_price: Prices,
    /// Where the payment provider answers Stripe's API
    #[arg(
        long,
        env = "WT_STRIPE_URL",
        default_value = "https://api.stripe.com",
        value_name = "URL"
    )]
    pub stripe_url: Url,
    /// Secret key of the provider's account; without one nothing is sold
    #[arg(
        long,
        env = "WT_STRIPE_SECRET_KEY",
        hide_env_values = true,
        value_name = "KEY"
    )]
    pub stripe_secret_key: Option<Secret>,
    /// The same in a file
    #[arg(
        long,
        env = "WT_STRIPE_SECRET_KEY_FILE",
        value_name = "PATH",
        conflicts_with = "stripe_secret_key"
    )]
    pub stripe_secret_key_file: Option<PathBuf>,
    /// Signing secret of the webhook endpoint `/api/v1/hooks/stripe`
    #[arg(
        long,
        env = "WT_STRIPE_WEBHOOK_SECRET",
        hide_env_values = true,
        value_name = "SECRET"
    )]
    pub stripe_webhook_secret: Option<Secret>,
    /// The same in a file
    #[arg(
        long,
        env = "WT_STRIPE_WEBHOOK_SECRET_FILE",
        value_name = "PATH",
        conflicts_with = "stripe_webhook_secret"
    )]
    pub stripe_webhook_secret_file: Option<PathBuf>,
    /// Price ids of the Team plan: sold by the month, sold by the year, then former ones
    #[arg(
        long,
        env = "WT_STRIPE_TEAM_PRICES",
        value_delimiter = ',',
        value_name = "PRICE"
    )]
    pub stripe_team_prices: Vec<String>,
    /// Price ids of the Business plan, in the same order
    #[arg(
        long,
        env = "WT_STRIPE_BUSINESS_PRICES",
        value_delimiter = ',',
        value_name = "PRICE"
    )]
    pub stripe_business_prices: Vec<String>,
    /// Price ids of the Enterprise plan, in the same order
    #[arg(
        long,
        env = "WT_STRIPE_ENTERPRISE_PRICES",
        value_delimiter = ',',
        value_name = "PRICE"
    )]
    pub stripe_enterprise_prices: Vec<String>,
    /// Hours after which the provider is asked again how a subscription stands, in case a webhook
    /// never came
    #[arg(
        long,
        env = "WT_STRIPE_ASK_HOURS",
        default_value_t = 24,
        value_parser = clap::value_parser!(u16).range(1..=720)
    )]
    pub stripe_ask_hours: u16,
}

impl BillingArgs {
    /// What plans cost, as shown.
    pub(crate) fn price_list(&self) -> PriceList {
        PriceList {
            team: self.team_price.clone(),
            business: self.business_price.clone(),
            enterprise: self.enterprise_price.clone(),
        }
    }

    /// The provider's secret key; none where nothing is sold.
    pub(crate) fn secret_key(&self) -> Result<Option<Secret>, ConfigFault> {
        let file = self.stripe_secret_key_file.as_deref();
        secret(
            "WT_STRIPE_SECRET_KEY_FILE",
            self.stripe_secret_key.as_ref(),
            file,
        )
    }

    /// The webhook's signing secret.
    pub(crate) fn webhook_secret(&self) -> Result<Option<Secret>, ConfigFault> {
        let file = self.stripe_webhook_secret_file.as_deref();
        secret(
            "WT_STRIPE_WEBHOOK_SECRET_FILE",
            self.stripe_webhook_secret.as_ref(),
            file,
        )
    }

    fn validate(&self, public_url: Option<&Url>) -> Result<(), String> {
        web_address("WT_STRIPE_URL", &self.stripe_url)?;
        let key = self.stripe_secret_key.is_some() || self.stripe_secret_key_file.is_some();
        let hook =
            self.stripe_webhook_secret.is_some() || self.stripe_webhook_secret_file.is_some();
        // Selling without hearing what became of it, or the reverse, is a mistake.
        if key != hook {
            return Err(
                "set both WT_STRIPE_SECRET_KEY and WT_STRIPE_WEBHOOK_SECRET, or none".to_owned(),
            );
        }
        if key && public_url.is_none() {
            return Err("set WT_PUBLIC_URL: the provider's pages lead back to it".to_owned());
        }
        Ok(())
    }
}

/// A value, or the first line of a file.
fn secret(
    setting: &'static str,
    value: Option<&Secret>,
    file: Option<&Path>,
) -> Result<Option<Secret>, ConfigFault> {
    let Some(path) = file else {
        return Ok(value.cloned());
    };
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigFault::new(setting, format!("{}: {error}", path.display())))?;
    match text.lines().next().map(str::trim) {
        Some(line) if !line.is_empty() => Ok(Some(Secret::from(line.to_owned()))),
        _ => Err(ConfigFault::new(setting, "the file is empty")),
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
        if let Some(url) = &self.public_url {
            web_address("WT_PUBLIC_URL", url)?;
        }
        self.billing.validate(self.public_url.as_ref())
    }
}

fn web_address(setting: &str, url: &Url) -> Result<(), String> {
    if url.cannot_be_a_base() || !matches!(url.scheme(), "http" | "https") {
        return Err(format!(
            "{setting}: expected an http or https URL, not {url}"
        ));
    }
    Ok(())
}

fn network(text: &str) -> Result<Network, String> {
    Network::parse(text.trim()).map_err(|fault| fault.to_string())
}
