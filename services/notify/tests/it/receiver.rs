//! Who takes webhooks: an HTTP server of one's own that keeps what it hears and answers as told.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, Ordering},
    },
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use wt_testkit::wait;

use crate::fixture::PATIENCE;

/// Answered with this, it never answers.
pub(crate) const SILENT: u16 = 0;

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// By name in lower case.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A running server; it ends with the test's runtime.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<AtomicU16>,
}

impl Receiver {
    pub(crate) async fn start(answer: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let this = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            answer: Arc::new(AtomicU16::new(answer)),
        };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        this
    }

    /// Where it is, with a path that is nobody's business.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/T0/path-of-a-secret?token=hidden", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn answers(&self, status: u16) {
        self.answer.store(status, Ordering::SeqCst);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// What it heard, once that is `count` requests.
    pub(crate) async fn hears(&self, count: usize) -> Vec<Heard> {
        wait::until(PATIENCE, &format!("{count} requests"), async || {
            let heard = self.heard();
            (heard.len() >= count).then_some(heard)
        })
        .await
    }

    async fn serve(&self, stream: TcpStream) {
        let (reader, mut writer) = stream.into_split();
        let mut reader = BufReader::new(reader);
        while let Some(heard) = read(&mut reader).await {
            self.heard.lock().unwrap().push(heard);
            let status = self.answer.load(Ordering::SeqCst);
            if status == SILENT {
                // Held open: the other side has to end it.
                std::future::pending::<()>().await;
            }
            let text = format!(
                "HTTP/1.1 {status} x\r\nlocation: http://{}/elsewhere\r\ncontent-length: 0\r\n\r\n",
                self.address
            );
            if writer.write_all(text.as_bytes()).await.is_err() {
                return;
            }
        }
    }
}

async fn read(reader: &mut BufReader<tokio::net::tcp::OwnedReadHalf>) -> Option<Heard> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    reader.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
    assert!(line.starts_with("POST "), "{line}");
    loop {
        line.clear();
        reader.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.trim().to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    Some(Heard {
        headers,
        body: String::from_utf8(body).unwrap(),
    })
}
