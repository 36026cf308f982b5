//! The file of a challenge, fetched without following redirects.

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};

use super::{Search, Vantage};
use crate::domain::{
    challenge::url_host,
    verification::{Finding, shown},
};

/// Longest exchange with the owner's server, connect included.
const FETCH_TIMEOUT: Duration = Duration::from_secs(5);
/// A challenge file is under 100 bytes; more is another page.
const BODY_BYTES_MAX: usize = 4 * 1024;
/// Says who asks, so that an owner finds us in the log.
const USER_AGENT: &str = concat!("Watchtower-Verification/", env!("CARGO_PKG_VERSION"));

pub(super) async fn look(vantage: &Vantage, search: &Search<'_>, path: &str) -> Finding {
    let mut finding = Finding {
        vantage: vantage.name().to_owned(),
        asked: search.instructions.url.clone(),
        found: Vec::new(),
        ok: false,
        detail: String::new(),
    };
    let address = match vantage.address_of(search.value).await {
        Ok(address) => address,
        Err(why) => {
            finding.detail = why;
            return finding;
        }
    };
    for port in vantage.http_ports() {
        let target = SocketAddr::new(address, *port);
        match timeout(FETCH_TIMEOUT, fetch(target, search.value, path)).await {
            Ok(Ok(body)) if body.trim() == search.instructions.expected => {
                finding.ok = true;
                finding.detail = String::new();
                finding.found = vec![shown(&body)];
                return finding;
            }
            Ok(Ok(body)) => {
                finding.found.push(shown(&body));
                finding.detail = format!("port {port}: the file holds something else");
            }
            Ok(Err(why)) => finding.detail = format!("port {port}: {why}"),
            Err(_) => finding.detail = format!("port {port}: no answer in time"),
        }
    }
    finding
}

async fn fetch(target: SocketAddr, host: &str, path: &str) -> Result<String, String> {
    let stream = TcpStream::connect(target)
        .await
        .map_err(|error| error.to_string())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| error.to_string())?;
    let driver = tokio::spawn(connection);
    let authority = match target.port() {
        80 => url_host(host),
        port => format!("{}:{port}", url_host(host)),
    };
    let request = Request::get(path)
        .header(header::HOST, authority)
        .header(header::USER_AGENT, USER_AGENT)
        .header(header::ACCEPT, "text/plain")
        .body(Empty::<Bytes>::new())
        .map_err(|error| error.to_string())?;
    let response = sender
        .send_request(request)
        .await
        .map_err(|error| error.to_string())?;
    let status = response.status();
    if status != StatusCode::OK {
        driver.abort();
        return Err(if status.is_redirection() {
            format!("the server answered {status}; redirects are not followed")
        } else {
            format!("the server answered {status}")
        });
    }
    let body = Limited::new(response.into_body(), BODY_BYTES_MAX)
        .collect()
        .await
        .map_err(|_| "the file is too long to be the challenge".to_owned())?
        .to_bytes();
    driver.abort();
    Ok(String::from_utf8_lossy(&body).into_owned())
}
