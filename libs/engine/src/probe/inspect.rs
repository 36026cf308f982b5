//! One open port: find out what it speaks, then ask what the checks need to know.
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use http::Method;
use rustls::ClientConfig;
use url::Url;
use wt_exposure::InconclusiveReason;

use super::{
    Certificate, Probed,
    banner::{self, Protocol},
    hello::{self, HelloAnswer, Offer},
    http::{Exchange, REDIRECTS_MAX, WebClient, WebFacts, technologies_of, title_of},
    service::{self, ServiceFacts},
    tls::{self, TlsFacts, WeakSuites},
    wire::{Heard, hear, hear_until, say},
};
use crate::guard::{Guard, Peer};

/// How long a silent server may take to greet before it is asked; greeting protocols answer
/// within a round trip.
const GREETING_WAIT: Duration = Duration::from_millis(600);
/// How long an answer to the first `GET` is waited for: it only tells what is spoken.
const IDENTIFY_WAIT: Duration = Duration::from_secs(3);
/// Most bytes read of a page behind a path check; the marks stand at the beginning.
const PAGE_BYTES_MAX: u64 = 64 * 1024;
/// Origin no site trusts by accident (RFC 2606).
pub(crate) const FOREIGN_ORIGIN: &str = "https://origin-check.example";

/// What the checks of a job ask of a port.
#[derive(Debug, Clone, Default)]
pub(crate) struct Needs {
    /// Groups of questions.
    pub(crate) asks: BTreeSet<Ask>,
    /// Paths beside `/`.
    pub(crate) paths: BTreeSet<&'static str>,
    /// Old versions to offer.
    pub(crate) versions: BTreeSet<u16>,
}

/// A group of questions that checks share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ask {
    /// What the port speaks.
    Protocol,
    /// Whether a service that is not a web server lets strangers in.
    Access,
    /// The page at `/`.
    Web,
    /// A request with a foreign origin.
    CrossOrigin,
    /// A `TRACE`.
    Trace,
    /// The certificate.
    Certificate,
    /// Whether weak suites are accepted.
    WeakSuites,
}

impl Needs {
    fn ask(&self, what: Ask) -> bool {
        self.asks.contains(&what)
    }

    fn ask_tls(&self) -> bool {
        self.ask(Ask::Certificate) || self.ask(Ask::WeakSuites) || !self.versions.is_empty()
    }
}

/// What was found out about one open port.
#[derive(Debug, Clone)]
pub(crate) struct PortFacts {
    pub(crate) peer: Peer,
    /// What it speaks; under TLS, what is spoken inside.
    pub(crate) protocol: Protocol,
    pub(crate) service: Probed<ServiceFacts>,
    pub(crate) tls: Probed<TlsFacts>,
    pub(crate) web: Probed<WebFacts>,
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

enum Spoken {
    Plain(ServiceFacts),
    Tls,
    Failed(InconclusiveReason),
}

/// Ports where TLS is tried before anything else.
fn expects_tls(port: u16) -> bool {
    matches!(
        port,
        443 | 465 | 563 | 636 | 853 | 989
            ..=995 | 2376 | 3269 | 4443 | 5061 | 5671 | 6443 | 8443 | 8883 | 9443 | 10250 | 10443
    )
}

/// Ports where servers wait for the client, so that nothing is gained by listening first.
fn expects_question(port: u16) -> bool {
    matches!(port, 80..=90 | 2375 | 2379 | 3000 | 5000 | 5601 | 5984 | 6379 | 8000..=8100 | 8500 | 8888 | 9000 | 9090..=9100 | 9200 | 11211)
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
        facts
    }

    async fn identify(&self, peer: &Peer, needs: &Needs) -> Spoken {
        if expects_tls(peer.port) && self.speaks_tls(peer).await {
            return Spoken::Tls;
        }
        let mut stream = match self.guard.connect(peer).await {
            Ok(stream) => stream,
            Err(failure) => return Spoken::Failed(failure.reason()),
        };
        if !expects_question(peer.port)
            && let Heard::Bytes(greeting) = hear(&mut stream, GREETING_WAIT).await
        {
            let protocol = banner::of_greeting(&greeting);
            if protocol != Protocol::Unknown {
                return self
                    .ask_service(Some(stream), peer, protocol, greeting, needs)
                    .await;
            }
        }
        let asked = say(&mut stream, b"GET / HTTP/1.0\r\n\r\n", self.patience).await;
        let answer = if asked {
            hear_until(&mut stream, self.patience.min(IDENTIFY_WAIT), is_decided).await
        } else {
            Heard::Closed
        };
        if let Heard::Bytes(heard) = &answer {
            match banner::of_answer_to_get(heard) {
                Protocol::Http => {
                    return Spoken::Plain(ServiceFacts::greeted(Protocol::Http, Vec::new()));
                }
                Protocol::Tls => return Spoken::Tls,
                Protocol::Unknown => {}
                protocol => {
                    return self
                        .ask_service(None, peer, protocol, Vec::new(), needs)
                        .await;
                }
            }
        }
        drop(stream);
        if !expects_tls(peer.port) && self.speaks_tls(peer).await {
            return Spoken::Tls;
        }
        self.identify_by_port(peer, &answer, needs).await
    }

    /// Services that neither greet nor answer `GET`.
    async fn identify_by_port(&self, peer: &Peer, answer: &Heard, needs: &Needs) -> Spoken {
        if let Ok(mut stream) = self.guard.connect(peer).await
            && service::is_postgres(&mut stream, GREETING_WAIT).await
        {
            return self
                .ask_service(None, peer, Protocol::Postgres, Vec::new(), needs)
                .await;
        }
        // Memcached hangs up on anything that looks like HTTP, but answers its own question.
        if let Ok(mut stream) = self.guard.connect(peer).await
            && service::is_memcached(&mut stream, GREETING_WAIT).await
        {
            return self
                .ask_service(None, peer, Protocol::Memcached, Vec::new(), needs)
                .await;
        }
        let by_port = match peer.port {
            27017..=27019 => Some(Protocol::Mongodb),
            2181 => Some(Protocol::Zookeeper),
            _ => None,
        };
        if let Some(protocol) = by_port {
            return self
                .ask_service(None, peer, protocol, Vec::new(), needs)
                .await;
        }
        match answer {
            Heard::Silence => Spoken::Failed(InconclusiveReason::Timeout),
            Heard::Closed => Spoken::Plain(ServiceFacts::greeted(Protocol::Unknown, Vec::new())),
            Heard::Bytes(heard) => {
                Spoken::Plain(ServiceFacts::greeted(Protocol::Unknown, heard.clone()))
            }
        }
    }

    async fn ask_service(
        &self,
        stream: Option<tokio::net::TcpStream>,
        peer: &Peer,
        protocol: Protocol,
        greeting: Vec<u8>,
        needs: &Needs,
    ) -> Spoken {
        if !needs.ask(Ask::Access) {
            return Spoken::Plain(ServiceFacts::greeted(protocol, greeting));
        }
        let started = Instant::now();
        let stream = match stream {
            Some(stream) => Ok(stream),
            None => self.guard.connect(peer).await,
        };
        match stream {
            Ok(mut stream) => {
                let mut facts =
                    service::question(&mut stream, protocol, greeting, self.patience).await;
                facts.elapsed_ms = millis(started);
                Spoken::Plain(facts)
            }
            Err(failure) => Spoken::Failed(failure.reason()),
        }
    }

    async fn offer(&self, peer: &Peer, what: Offer) -> Result<HelloAnswer, InconclusiveReason> {
        let mut stream = self.guard.connect(peer).await.map_err(|f| f.reason())?;
        let name = peer
            .host
            .parse::<std::net::IpAddr>()
            .is_err()
            .then_some(peer.host.as_str());
        let random: [u8; 32] = rand::random();
        Ok(hello::offer(&mut stream, what, name, &random, self.patience).await)
    }

    async fn speaks_tls(&self, peer: &Peer) -> bool {
        for what in [
            Offer::Version(hello::TLS_1_2),
            Offer::Version(hello::TLS_1_3),
        ] {
            match self.offer(peer, what).await {
                Ok(HelloAnswer::Accepted { .. } | HelloAnswer::Declined) => return true,
                // An old stack may hang up on one version and speak the other.
                Ok(HelloAnswer::Closed) => {}
                Ok(HelloAnswer::NotTls | HelloAnswer::Silence) | Err(_) => return false,
            }
        }
        false
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
        if !needs.paths.is_empty() {
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
fn redirect_of(page: &Exchange, at: &Url) -> Option<Url> {
    if !matches!(page.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let next = at.join(page.header("location")).ok()?;
    matches!(next.scheme(), "http" | "https").then_some(next)
}

/// Enough of an answer to `GET` to tell the protocol; the HTTPS hint of a web server stands in
/// its body.
fn is_decided(heard: &[u8]) -> bool {
    if heard.starts_with(b"HTTP/1.1 400") || heard.starts_with(b"HTTP/1.0 400") {
        return heard.len() > 1_024;
    }
    heard.contains(&b'\n') || heard.starts_with(&[0x15, 0x03])
}

fn millis(since: Instant) -> u32 {
    u32::try_from(since.elapsed().as_millis()).unwrap_or(u32::MAX)
}
