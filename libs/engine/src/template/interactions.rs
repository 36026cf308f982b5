//! Interactions: whether a target came to us because of what a template sent.
//!
//! A small server of our own listens for web requests and, where asked to, for questions of name
//! servers. Each template at each target gets a token that nobody else has; what arrives with it
//! was caused by that template. Nothing is sent from here but short answers.
use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{Notify, Semaphore},
    time::{Instant, timeout, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

/// Length of a token: 25 letters and digits are not guessed.
pub(super) const TOKEN_LENGTH: usize = 25;
/// Most bytes of one request kept.
const REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Most interactions kept of one token.
const PER_TOKEN_MAX: usize = 16;
/// Most tokens kept.
const TOKENS_MAX: usize = 100_000;
/// Connections served at once, and patience with each.
const SERVED_AT_ONCE: usize = 256;
const PATIENCE: Duration = Duration::from_secs(5);

/// One visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interaction {
    /// `http` or `dns`.
    pub(super) protocol: &'static str,
    /// What came.
    pub(super) request: String,
}

/// Where the server listens, and under which name targets find it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InteractionSetting {
    /// Address for web requests; port 0 for any.
    pub http: SocketAddr,
    /// Address for questions of name servers, when the domain is delegated here.
    pub dns: Option<SocketAddr>,
    /// Name under which tokens are placed as first label; without one, targets are sent to the
    /// web address itself and the token is in the path.
    pub domain: Option<String>,
    /// How long a target has to come after its answer.
    pub grace: Duration,
}

#[derive(Debug, Default)]
struct Seen {
    by_token: Mutex<BTreeMap<String, Vec<Interaction>>>,
    news: Notify,
}

/// The server; it ends when this is dropped.
#[derive(Debug)]
pub struct Interactions {
    seen: Arc<Seen>,
    place: String,
    has_domain: bool,
    grace: Duration,
    stop: CancellationToken,
    _tasks: Vec<AbortOnDropHandle<()>>,
}

impl Drop for Interactions {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Interactions {
    /// Starts listening.
    ///
    /// # Errors
    /// When an address cannot be bound.
    pub async fn listen(setting: &InteractionSetting) -> io::Result<Self> {
        let seen = Arc::new(Seen::default());
        let stop = CancellationToken::new();
        let listener = TcpListener::bind(setting.http).await?;
        let address = listener.local_addr()?;
        let mut tasks = vec![AbortOnDropHandle::new(tokio::spawn(serve_http(
            listener,
            Arc::clone(&seen),
        )))];
        if let Some(dns) = setting.dns {
            let socket = UdpSocket::bind(dns).await?;
            tasks.push(AbortOnDropHandle::new(tokio::spawn(serve_dns(
                socket,
                Arc::clone(&seen),
            ))));
        }
        Ok(Self {
            seen,
            place: setting
                .domain
                .clone()
                .unwrap_or_else(|| address.to_string()),
            has_domain: setting.domain.is_some(),
            grace: setting.grace,
            stop,
            _tasks: tasks,
        })
    }

    /// What a template puts where it wants a visit to come from.
    pub(super) fn url_of(&self, token: &str) -> String {
        if self.has_domain {
            format!("{token}.{}", self.place)
        } else {
            format!("{}/{token}", self.place)
        }
    }

    /// What came with a token; waits for the first visit, at most the grace.
    pub(super) async fn of(&self, token: &str) -> Vec<Interaction> {
        let deadline = Instant::now() + self.grace;
        loop {
            let news = self.seen.news.notified();
            let found = self.seen.take(token);
            if !found.is_empty() {
                return found;
            }
            if timeout_at(deadline, news).await.is_err() {
                return self.seen.take(token);
            }
        }
    }
}

impl Seen {
    fn take(&self, token: &str) -> Vec<Interaction> {
        let by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        by_token.get(token).cloned().unwrap_or_default()
    }

    /// Notes a visit under every token its text holds.
    fn note(&self, protocol: &'static str, request: &str) {
        let words = request.split(|c: char| !c.is_ascii_alphanumeric());
        let mut by_token = self.by_token.lock().unwrap_or_else(PoisonError::into_inner);
        for word in words.filter(|word| word.len() == TOKEN_LENGTH) {
            if by_token.len() >= TOKENS_MAX {
                by_token.clear();
            }
            let list = by_token.entry(word.to_ascii_lowercase()).or_default();
            if list.len() < PER_TOKEN_MAX {
                list.push(Interaction {
                    protocol,
                    request: request.to_owned(),
                });
            }
        }
        drop(by_token);
        self.news.notify_waiters();
    }
}

async fn serve_http(listener: TcpListener, seen: Arc<Seen>) {
    let served = Arc::new(Semaphore::new(SERVED_AT_ONCE));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of descriptors: others have to end first.
            tokio::task::yield_now().await;
            continue;
        };
        let Ok(permit) = Arc::clone(&served).acquire_owned().await else {
            return;
        };
        let seen = Arc::clone(&seen);
        tokio::spawn(async move {
            let _ = timeout(PATIENCE, visit(stream, &seen)).await;
            drop(permit);
        });
    }
}

async fn visit(mut stream: TcpStream, seen: &Seen) {
    let mut heard = Vec::new();
    while heard.len() < REQUEST_BYTES_MAX && !heard.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read_buf(&mut heard).await {
            Ok(1..) => {}
            _ => break,
        }
    }
    seen.note("http", &String::from_utf8_lossy(&heard));
    let answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
    let _ = stream.write_all(answer).await;
}

async fn serve_dns(socket: UdpSocket, seen: Arc<Seen>) {
    let mut buffer = vec![0; 1_500];
    loop {
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let Ok(question) = Message::from_vec(buffer.get(..length).unwrap_or_default()) else {
            continue;
        };
        for query in &question.queries {
            seen.note("dns", &query.to_string());
        }
        let mut answer = Message::new(
            question.metadata.id,
            MessageType::Response,
            question.metadata.op_code,
        );
        answer.metadata.response_code = ResponseCode::NoError;
        answer.metadata.authoritative = true;
        for query in question.queries {
            answer.add_query(query);
        }
        if let Ok(bytes) = answer.to_vec() {
            let _ = socket.send_to(&bytes, from).await;
        }
    }
}
