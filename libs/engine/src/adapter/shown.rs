//! What httpx and tlsx show of a port, as facts for the engine's own checks: the same rules
//! conclude from them, so a finding has the same attributes whoever looked, and nothing seems to
//! have changed because somebody else did.
use data_encoding::BASE64;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use url::Url;
use wt_exposure::CheckRef;

use super::{
    Sighting, ToolTask,
    jsonl::{is_set, text},
};
use crate::{
    check::{Known, Verdict, find, judge},
    guard::Peer,
    probe::{
        Certificate, Exchange, PortFacts, Probed, Protocol, SSL_3, TLS_1_0, TLS_1_1, TlsFacts,
        WebFacts, redirect_of, technologies_of, title_of,
    },
};

/// Most bytes of a page that httpx is told to read. A page that fills them is not judged: the
/// engine itself reads further, and may see more in it.
pub(super) const BODY_BYTES_MAX: usize = 256 * 1024;
/// Checks that the page at `/` alone decides.
const OF_PAGE: &[&str] = &["http.service"];
/// Checks that a server's own certificate or an accepted version alone decides.
const OF_TLS: &[&str] = &[
    "tls.cert_expired",
    "tls.cert_expiring",
    "tls.cert_name_mismatch",
    "tls.cert_not_yet_valid",
    "tls.cert_self_signed",
    "tls.cert_weak_key",
    "tls.version.ssl_3",
    "tls.version.tls_1_0",
    "tls.version.tls_1_1",
];
/// Old versions, as tlsx calls them.
const VERSIONS: &[(&str, u16)] = &[("ssl30", SSL_3), ("tls10", TLS_1_0), ("tls11", TLS_1_1)];

type Place = (std::net::IpAddr, u16);

/// A web server that answered.
pub(super) fn read_httpx(task: &ToolTask, said: &Value, at: Place, line: &[u8]) -> Vec<Sighting> {
    if is_set(said, "failed") {
        return Vec::new();
    }
    let mut seen = vec![open(at, line)];
    if let Some(web) = web_of(task, said, at) {
        let facts = PortFacts {
            web: Probed::Facts(web),
            ..nothing_of(task, at)
        };
        seen.extend(judged(OF_PAGE, &facts, at, line));
    }
    seen
}

/// A port that shook hands.
pub(super) fn read_tlsx(task: &ToolTask, said: &Value, at: Place, line: &[u8]) -> Vec<Sighting> {
    if !is_set(said, "probe_status") {
        return Vec::new();
    }
    let mut tls = TlsFacts::default();
    let leaf = der_of(text(said, "certificate")).and_then(|der| Certificate::read(&der));
    tls.chain.extend(leaf);
    let versions = said.get("version_enum").and_then(Value::as_array);
    for version in versions.into_iter().flatten().filter_map(Value::as_str) {
        let known = VERSIONS.iter().find(|(name, _)| *name == version);
        tls.versions
            .extend(known.map(|(_, number)| (*number, true)));
    }
    let facts = PortFacts {
        tls: Probed::Facts(tls),
        ..nothing_of(task, at)
    };
    let mut seen = vec![open(at, line)];
    seen.extend(judged(OF_TLS, &facts, at, line));
    seen
}

fn open(at: Place, line: &[u8]) -> Sighting {
    Sighting::new(at.0, at.1, "port.open", line).matched("open")
}

/// What the checks see in the facts; what they do not see is not said.
fn judged(
    checks: &'static [&'static str],
    facts: &PortFacts,
    at: Place,
    line: &[u8],
) -> Vec<Sighting> {
    let now = OffsetDateTime::now_utc();
    let mut seen = Vec::new();
    for id in checks {
        let wanted = CheckRef {
            id: (*id).to_owned(),
            digest: String::new(),
        };
        let Known::Here(check) = find(&wanted) else {
            continue;
        };
        let Verdict::Present(findings) = judge(check, facts, now) else {
            continue;
        };
        for finding in findings {
            let mut sighting = Sighting::new(at.0, at.1, check.id, line);
            sighting.discriminator = finding.discriminator;
            sighting.attributes = finding.attributes;
            sighting.matched = finding.evidence.matched;
            seen.push(sighting);
        }
    }
    seen
}

fn nothing_of(task: &ToolTask, (address, port): Place) -> PortFacts {
    PortFacts {
        peer: Peer {
            host: task.name.clone().unwrap_or_else(|| address.to_string()),
            address,
            port,
            via: "target".to_owned(),
        },
        protocol: Protocol::Unknown,
        service: Probed::NotSpoken,
        tls: Probed::NotSpoken,
        web: Probed::NotSpoken,
        aliases: Probed::NotSpoken,
    }
}

/// The page as the engine would have it; none where the engine would look at another.
fn web_of(task: &ToolTask, said: &Value, at: Place) -> Option<WebFacts> {
    let is_tls = text(said, "scheme") == "https";
    let home = exchange_of(text(said, "raw_header"), text(said, "body"))?;
    let host = task.name.clone();
    let origin = match (&host, is_tls) {
        (Some(name), true) => format!("https://{name}:{}/", at.1),
        (Some(name), false) => format!("http://{name}:{}/", at.1),
        (None, true) => format!("https://{}/", std::net::SocketAddr::from(at)),
        (None, false) => format!("http://{}/", std::net::SocketAddr::from(at)),
    };
    let origin = Url::parse(&origin).ok()?;
    let leaves_to = redirect_of(&home, &origin);
    let is_followed = leaves_to
        .as_ref()
        .is_some_and(|to| to.origin() == origin.origin());
    if is_followed {
        return None;
    }
    Some(WebFacts {
        is_tls,
        title: title_of(&home.text()),
        technologies: technologies_of(&home),
        home,
        leaves_to,
        missing: None,
        pages: std::collections::BTreeMap::new(),
        cross_origin: None,
        trace: None,
    })
}

/// An answer of which the head stands in one text, and the decoded body in another.
fn exchange_of(head: &str, body: &str) -> Option<Exchange> {
    if body.len() >= BODY_BYTES_MAX {
        return None;
    }
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        let value = HeaderValue::from_bytes(value.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    Some(Exchange {
        path: "/".to_owned(),
        request: Vec::new(),
        status,
        headers,
        sha256: hex::encode(Sha256::digest(body)),
        body: body.as_bytes().to_vec(),
        is_whole: true,
        elapsed_ms: 0,
    })
}

/// The bytes between the lines of a PEM.
fn der_of(pem: &str) -> Option<Vec<u8>> {
    let inner: String = pem
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("-----"))
        .collect();
    BASE64
        .decode(inner.as_bytes())
        .ok()
        .filter(|der| !der.is_empty())
}
