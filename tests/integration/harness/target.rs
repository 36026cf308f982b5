//! A small web server to scan: its pages can change and it can go away.
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};

/// What a path answers with.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    status: &'static str,
    headers: String,
    body: String,
}

impl Page {
    pub(crate) fn new(content_type: &str, body: &str) -> Self {
        Self {
            status: "200 OK",
            headers: format!("Content-Type: {content_type}\r\n"),
            body: body.to_owned(),
        }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self {
            status: "302 Found",
            headers: format!("Location: {to}\r\n"),
            body: String::new(),
        }
    }

    fn not_found() -> Self {
        Self {
            status: "404 Not Found",
            headers: "Content-Type: text/plain\r\n".to_owned(),
            body: "not here\n".to_owned(),
        }
    }
}

#[derive(Debug, Default)]
struct Content {
    pages: BTreeMap<String, Page>,
    requests: Vec<String>,
    delay: Duration,
}

/// A running web server.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) address: SocketAddr,
    content: Arc<Mutex<Content>>,
    task: JoinHandle<()>,
}

impl Target {
    /// Serves a plain start page on `address`.
    pub(crate) async fn start(address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot serve on {address}"))?;
        let address = listener.local_addr()?;
        let content = Arc::new(Mutex::new(Content::default()));
        let served = Arc::clone(&content);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let served = Arc::clone(&served);
                tokio::spawn(async move {
                    // A scanner may leave at any time.
                    let _ = answer(stream, &served).await;
                });
            }
        });
        let target = Self {
            address,
            content,
            task,
        };
        target.put("/", Page::new("text/html", "<title>Shop</title><p>Welcome"));
        Ok(target)
    }

    /// Serves the file that leaks a repository's settings.
    pub(crate) fn expose_git(&self) {
        let body = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\
            [remote \"origin\"]\n\turl = https://git.example.org/shop.git\n";
        self.put("/.git/config", Page::new("text/plain", body));
    }

    pub(crate) fn put(&self, path: &str, page: Page) {
        self.lock().pages.insert(path.to_owned(), page);
    }

    /// Takes this long for every answer from now on, so that a scan lasts.
    pub(crate) fn answer_after(&self, delay: Duration) {
        self.lock().delay = delay;
    }

    pub(crate) fn remove(&self, path: &str) {
        self.lock().pages.remove(path);
    }

    /// Paths that were asked for so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.lock().requests.clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Content> {
        self.content.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Longest request that is read; a probe's is a few hundred bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

async fn answer(mut stream: TcpStream, content: &Mutex<Content>) -> Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0_u8; 2048];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") && request.len() < REQUEST_BYTES_MAX {
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => request.extend(&buffer[..length]),
        }
    }
    let text = String::from_utf8_lossy(&request);
    let mut words = text.split_whitespace();
    let method = words.next().unwrap_or_default().to_owned();
    let full = words.next().unwrap_or_default();
    let path = full.split('?').next().unwrap_or_default().to_owned();
    let (page, delay) = {
        let mut content = content.lock().unwrap_or_else(PoisonError::into_inner);
        content.requests.push(path.clone());
        let page = content.pages.get(&path).cloned();
        (page.unwrap_or_else(Page::not_found), content.delay)
    };
    sleep(delay).await;
    let body = if method == "HEAD" { "" } else { &page.body };
    let head = format!(
        "HTTP/1.1 {}\r\n{}Content-Length: {}\r\nConnection: close\r\n\r\n",
        page.status,
        page.headers,
        page.body.len()
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}
