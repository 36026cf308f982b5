//! Web servers with fixed pages, over HTTP and HTTPS.
use std::{
    collections::BTreeMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;

use crate::{CertificateSpec, Target, certificate::server_config, serve};

/// One answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: Vec<u8>,
}

impl Page {
    /// An HTML page.
    pub fn html(body: &str) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "text/html".to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    /// A file of any kind.
    pub fn file(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: vec![("content-type", "application/octet-stream".to_owned())],
            body: body.into(),
        }
    }

    /// A redirect.
    pub fn redirect(to: &str) -> Self {
        Self {
            status: 302,
            headers: vec![("location", to.to_owned())],
            body: Vec::new(),
        }
    }

    /// The same page with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same page with every header that protects a visitor.
    #[must_use]
    pub fn hardened(self) -> Self {
        self.with(
            "content-security-policy",
            "default-src 'self'; frame-ancestors 'none'",
        )
        .with("strict-transport-security", "max-age=31536000")
        .with("x-content-type-options", "nosniff")
        .with("x-frame-options", "DENY")
        .with("referrer-policy", "no-referrer")
    }

    fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.body.clone())));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                response
                    .headers_mut()
                    .append(HeaderName::from_static(name), value);
            }
        }
        response
    }
}

/// Path of the page that answers for every path without one of its own.
const EVERYTHING_ELSE: &str = "*";

/// Pages by path, which may change while the server runs. `*` answers for everything else; where
/// there is none, that is 404.
#[derive(Debug, Clone, Default)]
pub struct Site {
    pages: Arc<RwLock<BTreeMap<String, Page>>>,
}

impl Site {
    /// A site with these pages.
    pub fn new(pages: impl IntoIterator<Item = (&'static str, Page)>) -> Self {
        let site = Self::default();
        for (path, page) in pages {
            site.put(path, page);
        }
        site
    }

    /// Adds or replaces a page.
    pub fn put(&self, path: &str, page: Page) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.insert(path.to_owned(), page);
    }

    /// Takes a page away.
    pub fn remove(&self, path: &str) {
        let mut pages = self.pages.write().unwrap_or_else(PoisonError::into_inner);
        pages.remove(path);
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let pages = self.pages.read().unwrap_or_else(PoisonError::into_inner);
        let page = pages.get(request.uri().path());
        page.or_else(|| pages.get(EVERYTHING_ELSE)).map_or_else(
            || {
                Page {
                    status: 404,
                    headers: vec![("content-type", "text/plain".to_owned())],
                    body: b"not found".to_vec(),
                }
                .response()
            },
            Page::response,
        )
    }
}

/// Serves a site over plain HTTP.
pub async fn serve_http(address: SocketAddr, site: Site) -> io::Result<Target> {
    serve(address, move |stream| talk(stream, site.clone())).await
}

/// Serves a site over HTTPS.
pub async fn serve_https(
    address: SocketAddr,
    site: Site,
    certificate: &CertificateSpec,
) -> io::Result<Target> {
    let acceptor = TlsAcceptor::from(server_config(certificate)?);
    serve(address, move |stream| {
        let (acceptor, site) = (acceptor.clone(), site.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                talk(stream, site).await;
            }
        }
    })
    .await
}

async fn talk(stream: impl AsyncRead + AsyncWrite + Unpin, site: Site) {
    let service = service_fn(|request| {
        let answer = site.answer(&request);
        async move { Ok::<_, Infallible>(answer) }
    });
    // A scanner may hang up at any time; that is its business.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
