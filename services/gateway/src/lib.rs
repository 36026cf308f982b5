//! Edge: REST, sessions, SSE and the web app.
//!
//! **Invariants**: it owns no tables; it is the only crate that writes problem+json; a request
//! reaches a service only as a verified principal, in a token minted for that service; what a
//! listener of the live stream gets is decided for each event.
//!
//! Code map: [`rest`] is the API, one file an operation; `session` says who is calling;
//! `clients` calls services; `stream` is the live stream; `seal` is what every request passes.
#![expect(
    unused_qualifications,
    reason = "utoipa names parameter types by their whole path"
)]

mod accept;
mod clients;
pub mod config;
mod docs;
mod error_pages;
mod limit;
mod metrics;
pub mod openapi;
mod rest;
mod seal;
mod server;
mod session;
mod spa;
mod stream;

pub use server::{Bound, start};

use std::{path::Path, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;
use wt_artifacts::Artifacts;
use wt_bus::Bus;
use wt_lifecycle::{Life, StartError};
use wt_model::Principal;
use wt_outbound::Outbound;

use clients::Clients;
use config::Config;
use limit::Limits;
use metrics::GatewayMetrics;
use rest::{assets::RecentRuns, problem::Problem};
use session::{AccessKeys, Credential, ExternalIssuers, Sessions};
use stream::Hub;

/// The process's state, shared by every request; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Edge(Arc<State>);

#[derive(Debug)]
struct State {
    clients: Clients,
    keys: AccessKeys,
    sessions: Sessions,
    external_issuers: ExternalIssuers,
    limits: Limits,
    recent_runs: RecentRuns,
    metrics: GatewayMetrics,
    hub: Hub,
    bus: Bus,
    artifacts: Artifacts,
    stopping: CancellationToken,
    public_authority: Option<String>,
    public_url: Option<url::Url>,
    trusted_proxies: usize,
    answers_within: Duration,
    web_dir: Option<std::path::PathBuf>,
}

impl Edge {
    fn new(config: &Config, bus: Bus, life: &Life) -> Result<Self, StartError> {
        let issuer = config.internal.issuer("gateway")?;
        Ok(Self(Arc::new(State {
            clients: Clients::new(&config.upstreams, &issuer),
            keys: AccessKeys::new(),
            sessions: Sessions::new(),
            external_issuers: ExternalIssuers::load(
                config.trusted_issuers_file.as_deref(),
                Outbound::new(&config.sso_allowed_networks)?,
            )?,
            limits: Limits::new(config)?,
            recent_runs: RecentRuns::new(),
            metrics: GatewayMetrics::new(life.metrics()),
            hub: Hub::new(),
            bus,
            artifacts: wt_artifacts::open(&config.artifacts)?,
            stopping: life.stopping(),
            public_authority: config.public_url.as_ref().map(authority_of),
            public_url: config.public_url.clone(),
            trusted_proxies: config.trusted_proxies,
            answers_within: Duration::from_millis(config.answers_within_ms),
            web_dir: config.web_dir.clone(),
        })))
    }

    /// Who a credential stands for.
    async fn identify(&self, credential: &Credential) -> Result<Arc<Principal>, Problem> {
        self.0.sessions.identify(credential, self).await
    }

    /// Ends a session here at once, and tells the other gateways.
    async fn end_session(&self, principal: &Principal) {
        self.session_ended(principal).await;
        stream::say_session_ended(&self.0.bus, principal).await;
    }

    /// A session ended at another gateway, or here.
    async fn session_ended(&self, principal: &Principal) {
        if let Some(sid) = principal.sid {
            self.access_ended([sid.to_string()]).await;
        }
    }

    /// Sessions or keys ended, here or elsewhere: their tokens are worth nothing from now on.
    async fn access_ended(&self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            self.0.sessions.end(id).await;
        }
        self.0.sessions.forget_all();
    }

    /// A session changed: what was believed of it is checked again.
    fn session_changed(&self) {
        self.0.sessions.forget_all();
    }

    fn clients(&self) -> &Clients {
        &self.0.clients
    }

    fn keys(&self) -> &AccessKeys {
        &self.0.keys
    }

    fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// Newest runs by asset, for lists of assets.
    fn recent_runs(&self) -> &RecentRuns {
        &self.0.recent_runs
    }

    fn metrics(&self) -> &GatewayMetrics {
        &self.0.metrics
    }

    fn hub(&self) -> &Hub {
        &self.0.hub
    }

    fn artifacts(&self) -> &Artifacts {
        &self.0.artifacts
    }

    /// Cancelled when the process is to stop.
    fn stopping(&self) -> CancellationToken {
        self.0.stopping.clone()
    }

    fn public_authority(&self) -> Option<&str> {
        self.0.public_authority.as_deref()
    }

    /// Issuers whose tokens are accepted besides our own.
    fn external_issuers(&self) -> &ExternalIssuers {
        &self.0.external_issuers
    }

    /// Where browsers reach this gateway, if that is configured.
    fn public_url(&self) -> Option<&url::Url> {
        self.0.public_url.as_ref()
    }

    fn trusted_proxies(&self) -> usize {
        self.0.trusted_proxies
    }

    fn answers_within(&self) -> Duration {
        self.0.answers_within
    }

    fn web_dir(&self) -> Option<&Path> {
        self.0.web_dir.as_deref()
    }
}

/// `host:port` as browsers write it in `Origin`: without the scheme's own port.
fn authority_of(url: &url::Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
