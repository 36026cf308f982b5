//! Connections for templates, each through the guard, used again where the peer allows it.
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt},
    time::timeout,
};
use wt_template::{HttpAnswer, HttpRequest};

use super::answer;
use crate::{
    guard::{Guard, Peer},
    probe,
};

/// Most idle connections kept for one peer.
const IDLE_MAX: usize = 8;
/// Longest patience a template may ask for.
const PATIENCE_MAX: Duration = Duration::from_mins(1);

/// A stream, encrypted or not.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

type Line = (IpAddr, u16, Option<String>);

/// What a server said to a request.
pub(super) struct Said {
    pub(super) answer: HttpAnswer,
    /// The address that was connected to.
    pub(super) address: IpAddr,
    /// Whether the answer ended before its end.
    pub(super) is_cut: bool,
}

/// Sends requests of one run.
pub(super) struct Transport<'a> {
    pub(super) guard: &'a Guard,
    tls: &'a Arc<ClientConfig>,
    patience: Duration,
    /// A host whose address is known: it was reached there a moment ago.
    reached: Option<(String, IpAddr)>,
    idle: Mutex<BTreeMap<Line, Vec<Box<dyn Stream>>>>,
    pub(super) sent: AtomicU64,
}

impl<'a> Transport<'a> {
    pub(super) fn new(guard: &'a Guard, tls: &'a Arc<ClientConfig>, patience: Duration) -> Self {
        Self {
            guard,
            tls,
            patience,
            reached: None,
            idle: Mutex::default(),
            sent: AtomicU64::new(0),
        }
    }

    /// Of one that was reached at an address: it is asked there, and not looked up again.
    pub(super) fn at(self, host: &str, address: IpAddr) -> Self {
        Self {
            reached: Some((host.to_owned(), address)),
            ..self
        }
    }

    pub(super) fn client_config(&self) -> &'a Arc<ClientConfig> {
        self.tls
    }

    pub(super) fn patience(&self) -> Duration {
        self.patience
    }

    /// The first address of a host, as far as it may be touched.
    pub(super) async fn peer(&self, host: &str, port: u16, via: &str) -> Option<Peer> {
        let known = self.reached.as_ref().filter(|(known, _)| known == host);
        let address = match known {
            Some((_, address)) => *address,
            None => *self.guard.resolve(host, port, via).await.ok()?.first()?,
        };
        Some(Peer {
            host: host.to_owned(),
            address,
            port,
            via: via.to_owned(),
        })
    }

    /// A fresh connection; with a name, over TLS under that name.
    pub(super) async fn open(
        &self,
        peer: &Peer,
        server_name: Option<&str>,
    ) -> Option<Box<dyn Stream>> {
        let tcp = self.guard.connect(peer).await.ok()?;
        match server_name {
            None => Some(Box::new(tcp)),
            Some(name) => {
                let stream = probe::tls_handshake(self.tls, tcp, name, self.patience).await?;
                Some(Box::new(stream))
            }
        }
    }

    /// Sends a web request.
    pub(super) async fn send(
        &self,
        request: &HttpRequest,
        via: &str,
        body_max: usize,
    ) -> Option<Said> {
        let url = &request.url;
        let peer = self.peer(&url.host, url.port_or_default(), via).await?;
        let server_name = url.is_tls().then(|| {
            request
                .server_name
                .clone()
                .unwrap_or_else(|| url.host.clone())
        });
        let line = (peer.address, peer.port, server_name.clone());
        let bytes = request.to_bytes();
        let patience = request.timeout_s.map_or(self.patience, |s| {
            Duration::from_secs(s).clamp(self.patience, PATIENCE_MAX)
        });
        self.sent.fetch_add(1, Ordering::Relaxed);
        // A connection that waited may have been closed meanwhile; then a fresh one is tried.
        if request.exact.is_none()
            && let Some(stream) = self.take_idle(&line)
            && self.guard.permit_again(&peer).await
            && let Some(said) = self
                .talk(stream, &line, request, &bytes, body_max, patience)
                .await
        {
            self.heed(&peer, &said.answer).await;
            return Some(said);
        }
        let stream = self.open(&peer, server_name.as_deref()).await?;
        let said = self
            .talk(stream, &line, request, &bytes, body_max, patience)
            .await?;
        self.heed(&peer, &said.answer).await;
        Some(said)
    }

    /// Leaves an address alone for a while that asks for it. Templates judge the answer as it is.
    async fn heed(&self, peer: &Peer, answer: &HttpAnswer) {
        let retry_after = answer.header("retry-after");
        match probe::trouble_of(answer.status, &retry_after, time::OffsetDateTime::now_utc()) {
            Some(trouble) => self.guard.note(peer.address, trouble).await,
            None => self.guard.fine(peer.address),
        }
    }

    async fn talk(
        &self,
        mut stream: Box<dyn Stream>,
        line: &Line,
        request: &HttpRequest,
        bytes: &[u8],
        body_max: usize,
        patience: Duration,
    ) -> Option<Said> {
        let started = Instant::now();
        let work = async {
            stream.write_all(bytes).await.ok()?;
            stream.flush().await.ok()?;
            answer::hear(&mut stream, &request.method, body_max).await
        };
        let heard = timeout(patience, work).await.ok()??;
        let mut answer = heard.answer;
        answer.duration_s = started.elapsed().as_secs_f64();
        if heard.is_reusable && request.exact.is_none() {
            let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let lines = idle.entry(line.clone()).or_default();
            if lines.len() < IDLE_MAX {
                lines.push(stream);
            }
        }
        Some(Said {
            answer,
            address: line.0,
            is_cut: heard.is_cut,
        })
    }

    fn take_idle(&self, line: &Line) -> Option<Box<dyn Stream>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.get_mut(line)?.pop()
    }
}
