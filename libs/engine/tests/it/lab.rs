//! Servers whose every answer a test decides, and which note when each connection came.
use std::{
    fmt::Write,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Longest life of one connection.
const CONNECTION_MAX: Duration = Duration::from_secs(30);

/// What becomes of one request.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// These bytes, then an end.
    Bytes(Vec<u8>),
    /// A reset.
    Reset,
    /// Nothing, for as long as the other side waits.
    Silence,
    /// These bytes, after so long.
    Late(Duration, Vec<u8>),
    /// These bytes, one at a time, five a second.
    Drip(Vec<u8>),
    /// These bytes, then nothing: the connection stays half open.
    HalfOpen(Vec<u8>),
}

impl Reply {
    /// A web answer.
    pub(crate) fn page(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        Self::Bytes(page(status, headers, body))
    }
}

/// The bytes of a web answer.
pub(crate) fn page(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Said\r\nconnection: close\r\n");
    for (name, value) in headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    let _ = write!(text, "content-length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}

/// One request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// When its connection was accepted.
    pub(crate) at: Instant,
    /// Its head.
    pub(crate) head: String,
}

impl Heard {
    /// The path asked for.
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// A running server; it ends with the test.
pub(crate) struct Lab {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Lab {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Lab {
    /// Serves what `answer` says to the n-th request (from 0) with its head.
    pub(crate) async fn start(
        address: SocketAddr,
        answer: impl Fn(usize, &str) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).await.expect("an address");
        let address = listener.local_addr().expect("an address");
        let heard: Arc<Mutex<Vec<Heard>>> = Arc::default();
        let accepted = Arc::new(AtomicUsize::new(0));
        let (answer, all, count) = (Arc::new(answer), Arc::clone(&heard), Arc::clone(&accepted));
        let task = tokio::spawn(async move {
            let mut tasks = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::SeqCst);
                let (at, answer, all) = (Instant::now(), Arc::clone(&answer), Arc::clone(&all));
                tasks.spawn(async move {
                    let talk = talk(stream, |head| {
                        let mut all = all.lock().expect("not poisoned");
                        let number = all.len();
                        let said = answer(number, &head);
                        all.push(Heard { at, head });
                        said
                    });
                    let _ = tokio::time::timeout(CONNECTION_MAX, talk).await;
                });
                while tasks.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            heard,
            accepted,
            task,
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connections it accepted.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    /// Requests so far.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().expect("not poisoned").clone()
    }
}

async fn talk(mut stream: TcpStream, answer: impl FnOnce(String) -> Reply) {
    let mut head = Vec::new();
    let mut chunk = [0_u8; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut chunk).await {
            Ok(count) if count > 0 && head.len() < 16_384 => {
                head.extend(chunk.iter().take(count));
            }
            _ => break,
        }
        // Not HTTP: a handshake, or a question of some service.
        if !head.first().is_some_and(u8::is_ascii_uppercase) {
            break;
        }
    }
    if head.is_empty() {
        return;
    }
    match answer(String::from_utf8_lossy(&head).into_owned()) {
        Reply::Bytes(bytes) => {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Late(after, bytes) => {
            let mut tick = tokio::time::interval_at(tokio::time::Instant::now() + after, after);
            tick.tick().await;
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
        }
        Reply::Reset => {
            let _ = stream.set_zero_linger();
        }
        Reply::Silence => std::future::pending().await,
        Reply::HalfOpen(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending::<()>().await;
        }
        Reply::Drip(bytes) => {
            let mut tick = tokio::time::interval(Duration::from_millis(200));
            for byte in bytes {
                tick.tick().await;
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
            }
        }
    }
}
