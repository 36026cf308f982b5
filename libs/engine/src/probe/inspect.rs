//! One open port: find out what it speaks, then ask what the checks need to know.
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use rustls::ClientConfig;
use url::Url;
use wt_exposure::{InconclusiveReason, is_name};

use super::{
    Certificate, Probed,
    banner::Protocol,
    hello::{self, HelloAnswer, Offer},
    http::{Exchange, REDIRECTS_MAX, WebClient, WebFacts},
    identify::Spoken,
    name::NameInspector,
    needs::{Ask, Needs},
    page::{technologies_of, title_of},
    service::ServiceFacts,
    tls::{self, TlsFacts, WeakSuites},
};
use crate::guard::{Guard, Peer};

/// Most bytes read of a page behind a path check; the marks stand at the beginning.
pub(crate) const PAGE_BYTES_MAX: u64 = 64 * 1024;
/// Origin no site trusts by accident (RFC 2606).
pub(crate) const FOREIGN_ORIGIN: &str = "https://origin-check.example";

/// What was found out about one open port.
#[derive(Debug, Clone)]
pub(crate) struct PortFacts {
    pub(crate) peer: Peer,
    /// What it speaks; under TLS, what is spoken inside.
    pub(crate) protocol: Protocol,
    pub(crate) service: Probed<ServiceFacts>,
    pub(crate) tls: Probed<TlsFacts>,
    pub(crate) web: Probed<WebFacts>,
    /// The names that the host is an alias of, in order.
    pub(crate) aliases: Probed<Vec<String>>,
}

/// Inspects ports of one job.
pub(crate) struct Inspector<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) tls_config: Arc<ClientConfig>,
    pub(crate) user_agent: &'a str,
    /// Patience with one answer.
    pub(crate) patience: Duration,
    pub(crate) body_max: u64,
}

impl Inspector<'_> {
    /// Everything `needs` asks of an open port.
    pub(crate) async fn inspect(&self, peer: &Peer, needs: &Needs) -> PortFacts {
        let mut facts = PortFacts {
            peer: peer.clone(),
            protocol: Protocol::Unknown,
            service: Probed::NotSpoken,
            tls: Probed::NotSpoken,
            web: Probed::NotSpoken,
            aliases: Probed::NotSpoken,
        };
        if needs.asks.is_empty() {
            return facts;
        }
        match self.identify(peer, needs).await {
            Spoken::Failed(reason) => {
                facts.service = Probed::Failed(reason);
                facts.web = Probed::Failed(reason);
                facts.tls = Probed::Failed(reason);
            }
            Spoken::Plain(service) => {
                facts.protocol = service.protocol;
                if service.protocol == Protocol::Http && needs.ask(Ask::Web) {
                    facts.web = self.web(peer, needs, false).await;
                }
                facts.service = Probed::Facts(service);
            }
            Spoken::Tls => {
                facts.protocol = Protocol::Tls;
                if needs.ask_tls() {
                    facts.tls = self.tls(peer, needs).await;
                }
                if needs.ask(Ask::Web) {
                    facts.web = self.web(peer, needs, true).await;
                    if matches!(facts.web, Probed::Facts(_)) {
                        facts.protocol = Protocol::Http;
                    }
                }
            }
        }
        if needs.ask(Ask::Alias) && matches!(facts.web, Probed::Facts(_)) && is_name(&peer.host) {
            let names = NameInspector { guard: self.guard };
            facts.aliases = match names.aliases(&peer.host).await {
                Ok(aliases) => Probed::Facts(aliases),
                Err(reason) => Probed::Failed(reason),
            };
        }
        facts
    }

    /// Offers one version, or weak suites, on a connection of its own.
    pub(super) async fn offer(
        &self,
        peer: &Peer,
        what: Offer<'_>,
    ) -> Result<HelloAnswer, InconclusiveReason> {
        let mut stream = self.guard.connect(peer).await.map_err(|f| f.reason())?;
        let name = peer
            .host
            .parse::<std::net::IpAddr>()
            .is_err()
            .then_some(peer.host.as_str());
        let random: [u8; 32] = rand::random();
        Ok(hello::offer(&mut stream, what, name, &random, self.patience).await)
    }

    async fn tls(&self, peer: &Peer, needs: &Needs) -> Probed<TlsFacts> {
        let started = Instant::now();
        let mut facts = TlsFacts::default();
        let mut shown = Vec::new();
        let versions = [hello::TLS_1_2, hello::TLS_1_3]
            .into_iter()
            .chain(needs.versions.iter().copied());
        for version in versions {
            match self.offer(peer, Offer::Version(version)).await {
                Ok(answer) => {
                    facts.note_version(version, &answer);
                    if let HelloAnswer::Accepted { certificates, .. } = answer
                        && shown.is_empty()
                    {
                        shown = certificates;
                    }
                }
                Err(reason) => return Probed::Failed(reason),
            }
        }
        if needs.ask(Ask::WeakSuites) {
            facts.weak_suites = match self.offer(peer, Offer::WeakSuites).await {
                Ok(HelloAnswer::Accepted { suite, .. }) => WeakSuites::Accepted(suite),
                Ok(HelloAnswer::Declined | HelloAnswer::Closed) => WeakSuites::Declined,
                _ => WeakSuites::Unknown,
            };
        }
        facts.chain = shown
            .iter()
            .filter_map(|der| Certificate::read(der))
            .collect();
        if facts.chain.is_empty()
            && let Ok(stream) = self.guard.connect(peer).await
            && let Some(stream) =
                tls::handshake(&self.tls_config, stream, &peer.host, self.patience).await
        {
            facts.chain = tls::chain_of(&stream);
        }
        facts.elapsed_ms = millis(started);
        if facts.versions.values().any(|accepted| *accepted) {
            Probed::Facts(facts)
        } else {
            Probed::Failed(InconclusiveReason::TlsFailed)
        }
    }

    async fn web(&self, peer: &Peer, needs: &Needs, is_tls: bool) -> Probed<WebFacts> {
        let client = WebClient {
            guard: self.guard,
            tls: is_tls.then_some(&self.tls_config),
            user_agent: self.user_agent,
            patience: self.patience,
        };
        let (home, leaves_to) = match self.home(&client, peer).await {
            Ok(found) => found,
            Err(reason) => return Probed::Failed(reason),
        };
        let mut pages = BTreeMap::new();
        let mut missing = None;
        if !needs.paths.is_empty() || needs.ask(Ask::Missing) {
            let path = format!("/{}", hex::encode(rand::random::<[u8; 12]>()));
            missing = client
                .ask(peer, Method::GET, &path, &[], PAGE_BYTES_MAX)
                .await
                .ok();
            for path in &needs.paths {
                let page = client
                    .ask(peer, Method::GET, path, &[], PAGE_BYTES_MAX)
                    .await;
                pages.insert(*path, page);
            }
        }
        let mut cross_origin = None;
        if needs.ask(Ask::CrossOrigin) {
            let origin = [("origin", FOREIGN_ORIGIN)];
            cross_origin = Some(
                client
                    .ask(peer, Method::GET, "/", &origin, PAGE_BYTES_MAX)
                    .await,
            );
        }
        let mut trace = None;
        if needs.ask(Ask::Trace) {
            trace = Some(
                client
                    .ask(peer, Method::TRACE, "/", &[], PAGE_BYTES_MAX)
                    .await,
            );
        }
        Probed::Facts(WebFacts {
            is_tls,
            title: title_of(&home.text()),
            technologies: technologies_of(&home),
            home,
            leaves_to,
            missing,
            pages,
            cross_origin,
            trace,
        })
    }

    /// The page at `/`, following redirects that stay on the origin. One that leaves it is put
    /// before the guard, so that a redirect out of the scope is on record, and not followed: an
    /// origin inside the scope is a subject of its own.
    async fn home(
        &self,
        client: &WebClient<'_>,
        peer: &Peer,
    ) -> Result<(Exchange, Option<Url>), InconclusiveReason> {
        let origin = client.origin(peer).ok_or(InconclusiveReason::EngineError)?;
        let mut at = origin.clone();
        let mut page = client
            .ask(peer, Method::GET, "/", &[], self.body_max)
            .await?;
        for _ in 0..REDIRECTS_MAX {
            let Some(next) = redirect_of(&page, &at) else {
                break;
            };
            if next.origin() != origin.origin() {
                self.judge_redirect(&at, &next).await;
                return Ok((page, Some(next)));
            }
            let path = next.query().map_or_else(
                || next.path().to_owned(),
                |query| format!("{}?{query}", next.path()),
            );
            page = client
                .ask(peer, Method::GET, &path, &[], self.body_max)
                .await?;
            at = next;
        }
        Ok((page, None))
    }

    async fn judge_redirect(&self, from: &Url, to: &Url) {
        let (Some(host), Some(port)) = (to.host_str(), to.port_or_known_default()) else {
            return;
        };
        let host = host.trim_matches(['[', ']']).to_owned();
        let via = format!("redirect from {from} to {to}");
        if let Ok(addresses) = self.guard.resolve(&host, port, &via).await {
            for address in addresses {
                // Only the record matters here; nothing is opened.
                let _ = self.guard.permit(&Peer {
                    host: host.clone(),
                    address,
                    port,
                    via: via.clone(),
                });
            }
        }
    }
}

/// Where a redirect leads, if the page is one to HTTP or HTTPS.
pub(crate) fn redirect_of(page: &Exchange, at: &Url) -> Option<Url> {
    if !matches!(page.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let next = at.join(page.header("location")).ok()?;
    matches!(next.scheme(), "http" | "https").then_some(next)
}

/// Whole milliseconds since an instant.
pub(super) fn millis(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX)
}
