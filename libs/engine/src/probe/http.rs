//! HTTP/1.1 requests through the guard, with bounded answers.
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, Version, header};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use url::Url;
use wt_exposure::InconclusiveReason;

use super::tls;
use crate::guard::{Guard, Peer};

/// Most header fields of one answer; real servers send some twenty.
const HEADERS_MAX: usize = 128;
/// Most bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Redirects followed within the scope (Boulder and browsers stop at 10 and 20; five is a shop).
pub(crate) const REDIRECTS_MAX: usize = 5;

/// One request and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    pub(crate) path: String,
    /// As sent.
    pub(crate) request: Vec<u8>,
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// SHA-256 of the body as far as it was read, hex.
    pub(crate) sha256: String,
    pub(crate) elapsed_ms: u32,
}

impl Exchange {
    /// A header's text; empty when absent or not text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The body as text, without a copy where it is UTF-8.
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// Status line, headers and as much of the body as `max` allows.
    pub(crate) fn response_head_and_body(&self, max: usize) -> Vec<u8> {
        let reason = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|s| s.canonical_reason())
            .unwrap_or_default();
        let mut out = format!("HTTP/1.1 {} {reason}\r\n", self.status).into_bytes();
        for (name, value) in &self.headers {
            out.extend_from_slice(name.as_str().as_bytes());
            out.extend_from_slice(b": ");
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&self.body);
        out.truncate(max);
        out
    }
}

/// Everything asked of one web server, by path; checks read it.
#[derive(Debug, Clone)]
pub(crate) struct WebFacts {
    pub(crate) is_tls: bool,
    /// The page at `/` after redirects that stay on this origin.
    pub(crate) home: Exchange,
    /// Where the first redirect that leaves this origin leads.
    pub(crate) leaves_to: Option<Url>,
    /// The answer to a path that cannot exist.
    pub(crate) missing: Option<Exchange>,
    /// Answers by path.
    pub(crate) pages: BTreeMap<&'static str, Result<Exchange, InconclusiveReason>>,
    /// The answer to a request with a foreign `Origin`, and to `TRACE`.
    pub(crate) cross_origin: Option<Result<Exchange, InconclusiveReason>>,
    pub(crate) trace: Option<Result<Exchange, InconclusiveReason>>,
    pub(crate) title: String,
    pub(crate) technologies: Vec<String>,
}

/// Talks to one origin.
pub(crate) struct WebClient<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) tls: Option<&'a Arc<ClientConfig>>,
    pub(crate) user_agent: &'a str,
    pub(crate) patience: Duration,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl WebClient<'_> {
    /// One request on a connection of its own.
    pub(crate) async fn ask(
        &self,
        peer: &Peer,
        method: Method,
        path: &str,
        extra: &[(&'static str, &str)],
        body_max: u64,
    ) -> Result<Exchange, InconclusiveReason> {
        let started = Instant::now();
        let request = self.request(peer, &method, path, extra)?;
        let sent = as_sent(&request);
        let tcp = self.guard.connect(peer).await.map_err(|f| f.reason())?;
        let stream: Box<dyn Stream> = match self.tls {
            Some(config) => Box::new(
                tls::handshake(config, tcp, &peer.host, self.patience)
                    .await
                    .ok_or(InconclusiveReason::TlsFailed)?,
            ),
            None => Box::new(tcp),
        };
        timeout(self.patience, exchange(stream, request, body_max))
            .await
            .map_err(|_| InconclusiveReason::Timeout)?
            .map(|answer| Exchange {
                path: path.to_owned(),
                request: sent,
                status: answer.status,
                headers: answer.headers,
                sha256: hex::encode(Sha256::digest(&answer.body)),
                body: answer.body,
                elapsed_ms: u32::try_from(started.elapsed().as_millis()).unwrap_or(u32::MAX),
            })
    }

    fn request(
        &self,
        peer: &Peer,
        method: &Method,
        path: &str,
        extra: &[(&'static str, &str)],
    ) -> Result<Request<Empty<Bytes>>, InconclusiveReason> {
        let mut builder = Request::builder()
            .method(method)
            .uri(path)
            .version(Version::HTTP_11)
            .header(header::HOST, self.authority(peer))
            .header(header::USER_AGENT, self.user_agent)
            .header(header::ACCEPT, "*/*")
            .header(header::CONNECTION, "close");
        for (name, value) in extra {
            builder = builder.header(*name, *value);
        }
        builder
            .body(Empty::new())
            .map_err(|_| InconclusiveReason::EngineError)
    }

    fn authority(&self, peer: &Peer) -> String {
        let host = if peer.host.contains(':') {
            format!("[{}]", peer.host)
        } else {
            peer.host.clone()
        };
        let default_port = if self.tls.is_some() { 443 } else { 80 };
        if peer.port == default_port {
            host
        } else {
            format!("{host}:{}", peer.port)
        }
    }

    /// The origin as a URL, to resolve redirects against.
    pub(crate) fn origin(&self, peer: &Peer) -> Option<Url> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Url::parse(&format!("{scheme}://{}/", self.authority(peer))).ok()
    }
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
}

async fn exchange(
    stream: Box<dyn Stream>,
    request: Request<Empty<Bytes>>,
    body_max: u64,
) -> Result<Answer, InconclusiveReason> {
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .max_headers(HEADERS_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await
        .map_err(|_| InconclusiveReason::Blocked)?;
    let talk = async {
        let response = sender.send_request(request).await.map_err(|error| {
            if error.is_timeout() {
                InconclusiveReason::Timeout
            } else {
                InconclusiveReason::Blocked
            }
        })?;
        let (head, body) = response.into_parts();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: read_bounded(body, body_max).await,
        })
    };
    // Driven beside the request in this very task, so nothing outlives the probe.
    tokio::pin!(connection, talk);
    tokio::select! {
        biased;
        answer = &mut talk => answer,
        _ = &mut connection => talk.await,
    }
}

/// As much of the body as allowed; an end in the middle keeps what came.
async fn read_bounded(mut body: Incoming, max: u64) -> Vec<u8> {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            let room = max.saturating_sub(read.len());
            read.extend_from_slice(data.get(..room).unwrap_or(data));
            if read.len() >= max {
                break;
            }
        }
    }
    read
}

fn as_sent(request: &Request<Empty<Bytes>>) -> Vec<u8> {
    let mut out = format!("{} {} HTTP/1.1\r\n", request.method(), request.uri()).into_bytes();
    for (name, value) in request.headers() {
        out.extend_from_slice(name.as_str().as_bytes());
        out.extend_from_slice(b": ");
        out.extend_from_slice(value.as_bytes());
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// The title of a page, as one harmless line.
pub(crate) fn title_of(page: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let inner = lower
        .find("<title")
        .and_then(|open| lower.get(open..)?.find('>').map(|end| open + end + 1))
        .and_then(|start| {
            let end = lower.get(start..)?.find("</title")?;
            page.get(start..start + end)
        });
    crate::text::line(inner.unwrap_or_default())
}

/// Marks of common software in headers and pages: `(technology, where, mark)`.
const MARKS: &[(&str, &str, &str)] = &[
    ("nginx", "server", "nginx"),
    ("Apache", "server", "apache"),
    ("IIS", "server", "microsoft-iis"),
    ("Caddy", "server", "caddy"),
    ("LiteSpeed", "server", "litespeed"),
    ("Cloudflare", "server", "cloudflare"),
    ("Envoy", "server", "envoy"),
    ("Jetty", "server", "jetty"),
    ("Werkzeug", "server", "werkzeug"),
    ("gunicorn", "server", "gunicorn"),
    ("PHP", "x-powered-by", "php"),
    ("ASP.NET", "x-powered-by", "asp.net"),
    ("Express", "x-powered-by", "express"),
    ("Next.js", "x-powered-by", "next.js"),
    ("PHP", "set-cookie", "phpsessid"),
    ("Java", "set-cookie", "jsessionid"),
    ("Laravel", "set-cookie", "laravel_session"),
    ("Django", "set-cookie", "csrftoken"),
    ("WordPress", "body", "/wp-content/"),
    ("Drupal", "body", "drupal-settings-json"),
    ("Joomla", "body", "/media/jui/"),
    ("React", "body", "data-reactroot"),
    ("Angular", "body", "ng-version="),
    ("Vue.js", "body", "data-v-app"),
    ("jQuery", "body", "jquery"),
    ("Grafana", "body", "grafana-app"),
    ("Jenkins", "x-jenkins", ""),
];

/// Technologies an exchange shows, each once, in order.
pub(crate) fn technologies_of(exchange: &Exchange) -> Vec<String> {
    let body = exchange.text().to_ascii_lowercase();
    let mut found: Vec<String> = MARKS
        .iter()
        .filter(|(_, place, mark)| match *place {
            "body" => body.contains(mark),
            name => exchange
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.to_ascii_lowercase().contains(mark)),
        })
        .map(|(technology, _, _)| (*technology).to_owned())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::title_of;

    #[test]
    fn a_title_is_found_in_any_case_and_made_harmless() {
        assert_eq!(
            title_of("<HTML><Title lang=x>\n Hello\tthere </TITLE>"),
            "Hello there"
        );
        assert_eq!(title_of("<title>open"), "");
        assert_eq!(title_of("ſ<title>ẞ</title>"), "ẞ");
    }
}
