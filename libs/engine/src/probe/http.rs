//! HTTP/1.1 requests through the guard, with bounded answers.
use std::{
    borrow::Cow,
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
use time::{OffsetDateTime, format_description::well_known::Rfc2822};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use url::Url;
use wt_exposure::InconclusiveReason;

use super::tls;
use crate::guard::{Guard, Peer, Timing, Trouble};

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
    /// Whether the body came to its end, or to the bound of what is read.
    pub(crate) is_whole: bool,
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
    pub(crate) fn text(&self) -> Cow<'_, str> {
        // To check a whole page takes far less than to mend it bit by bit, and most are fine.
        str::from_utf8(&self.body)
            .map_or_else(|_| String::from_utf8_lossy(&self.body), Cow::Borrowed)
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

pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl WebClient<'_> {
    /// One request on a connection of its own. Where the server asks for patience it gets it,
    /// and the request is sent once more; what it says then is its answer.
    pub(crate) async fn ask(
        &self,
        peer: &Peer,
        method: Method,
        path: &str,
        extra: &[(&'static str, &str)],
        body_max: u64,
    ) -> Result<Exchange, InconclusiveReason> {
        let answer = self.ask_once(peer, &method, path, extra, body_max).await?;
        if !self.heed(peer, &answer).await || self.guard.has_given_up(peer.address) {
            return Ok(answer);
        }
        let answer = self.ask_once(peer, &method, path, extra, body_max).await?;
        self.heed(peer, &answer).await;
        Ok(answer)
    }

    /// Whether the answer asks for fewer requests; then the address is left alone for a while.
    async fn heed(&self, peer: &Peer, answer: &Exchange) -> bool {
        let trouble = trouble_of(
            answer.status,
            answer.header(header::RETRY_AFTER.as_str()),
            OffsetDateTime::now_utc(),
        );
        match trouble {
            Some(trouble) => self.guard.note(peer.address, trouble).await,
            None => self.guard.fine(peer.address),
        }
        trouble.is_some()
    }

    async fn ask_once(
        &self,
        peer: &Peer,
        method: &Method,
        path: &str,
        extra: &[(&'static str, &str)],
        body_max: u64,
    ) -> Result<Exchange, InconclusiveReason> {
        let started = Instant::now();
        let request = self.request(peer, method, path, extra)?;
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
        let asked = Instant::now();
        let answer = timeout(self.patience, exchange(stream, request, body_max)).await;
        // Silence to the end of the patience is slow as well.
        self.guard.timed(peer.address, Timing::Answer, asked).await;
        let answer = answer.map_err(|_| InconclusiveReason::Timeout)?;
        if answer.is_err() {
            self.guard.note(peer.address, Trouble::Reset).await;
        }
        answer.map(|answer| Exchange {
            path: path.to_owned(),
            request: sent,
            status: answer.status,
            headers: answer.headers,
            sha256: hex::encode(Sha256::digest(&answer.body)),
            body: answer.body,
            is_whole: answer.is_whole,
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

/// Whether an answer asks to be left alone, and for how long (RFC 9110 §10.2.3).
pub(crate) fn trouble_of(status: u16, retry_after: &str, now: OffsetDateTime) -> Option<Trouble> {
    if !matches!(status, 429 | 503) {
        return None;
    }
    let text = retry_after.trim();
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    let until = || {
        let date = OffsetDateTime::parse(text, &Rfc2822).ok()?;
        Some(Duration::try_from(date - now).unwrap_or_default())
    };
    Some(Trouble::Asked(seconds.or_else(until)))
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Vec<u8>,
    is_whole: bool,
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
        let (body, is_whole) = read_bounded(body, body_max).await;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            is_whole,
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

/// One exchange over a stream that is not a target's.
pub(super) async fn read_exchange(stream: Box<dyn Stream>, body_max: u64) -> Option<Exchange> {
    let request = Request::new(Empty::new());
    let answer = exchange(stream, request, body_max).await.ok()?;
    Some(Exchange {
        path: "/".to_owned(),
        request: Vec::new(),
        status: answer.status,
        headers: answer.headers,
        sha256: hex::encode(Sha256::digest(&answer.body)),
        body: answer.body,
        is_whole: answer.is_whole,
        elapsed_ms: 0,
    })
}

/// As much of the body as allowed, and whether that is all of it; an end in the middle keeps what
/// came, and is one, because what was looked for may have stood in the rest.
async fn read_bounded(mut body: Incoming, max: u64) -> (Vec<u8>, bool) {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    let mut read = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return (read, false);
        };
        if let Some(data) = frame.data_ref() {
            let room = max.saturating_sub(read.len());
            read.extend_from_slice(data.get(..room).unwrap_or(data));
            if read.len() >= max {
                break;
            }
        }
    }
    (read, true)
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

#[cfg(test)]
mod tests {
    use super::{Duration, OffsetDateTime, Trouble, trouble_of};

    #[test]
    fn how_long_a_server_wants_to_be_left_alone_is_read_in_both_forms() {
        let now = OffsetDateTime::from_unix_timestamp(784_111_777).unwrap();
        let seconds = |status, text| trouble_of(status, text, now);
        let some = |s| Some(Trouble::Asked(Some(Duration::from_secs(s))));
        assert_eq!(seconds(200, "5"), None);
        assert_eq!(seconds(429, " 5 "), some(5));
        assert_eq!(seconds(503, "Sun, 06 Nov 1994 08:50:37 GMT"), some(60));
        assert_eq!(seconds(503, "Sun, 06 Nov 1994 08:00:00 GMT"), some(0));
        for unclear in ["", "soon", "-1", "99999999999999999999999"] {
            assert_eq!(
                seconds(429, unclear),
                Some(Trouble::Asked(None)),
                "{unclear}"
            );
        }
    }
}
