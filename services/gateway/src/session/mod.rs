//! Who is at the other end of a connection: tokens, cookie sessions and their protection.
pub(crate) mod cookie;
pub(crate) mod csrf;
mod external_issuer;
mod identity;
mod keys;

pub(crate) use external_issuer::ExternalIssuers;
pub(crate) use identity::{Credential, Sessions};
pub(crate) use keys::AccessKeys;

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts, Request, State},
    http::{HeaderMap, header, request::Parts},
    middleware::Next,
    response::Response,
};
use wt_proto::tenant::Client;
use wt_telemetry::origin::{self, Origin};

use crate::{
    Edge,
    rest::{auth::SessionMode, problem::Problem},
};

/// Longest user agent kept in the session list.
const USER_AGENT_CHARS_MAX: usize = 256;

/// What a sign-in knows about the browser or program it comes from.
#[derive(Debug)]
pub(crate) struct FromBrowser {
    client: Client,
    same_origin: bool,
}

impl FromBrowser {
    /// For the session list and the audit log.
    pub(crate) fn client(&self) -> Client {
        self.client.clone()
    }

    /// A page of another site may not sign a browser in: that would let it watch what the user
    /// does in an account of its own.
    pub(crate) fn require_same_origin_for(&self, mode: SessionMode) -> Result<(), Problem> {
        if mode == SessionMode::Cookie && !self.same_origin {
            return Err(csrf::refused());
        }
        Ok(())
    }
}

impl FromRequestParts<Edge> for FromBrowser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, edge: &Edge) -> Result<Self, Problem> {
        Ok(Self {
            client: Client {
                ip: client_address(parts, edge.trusted_proxies())
                    .map(|ip| ip.to_string())
                    .unwrap_or_default(),
                user_agent: user_agent(&parts.headers),
            },
            same_origin: csrf::check(parts, edge.public_authority()).is_ok(),
        })
    }
}

/// Lets every call a request leads to say where it came from, for the audit records.
pub(crate) async fn note_origin(
    State(edge): State<Edge>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let ip = client_address(&parts, edge.trusted_proxies())
        .map(|ip| ip.to_string())
        .unwrap_or_default();
    let asked_from = Origin::new(&ip, &user_agent(&parts.headers));
    origin::scope(asked_from, next.run(Request::from_parts(parts, body))).await
}

fn user_agent(headers: &HeaderMap) -> String {
    headers
        .get(header::USER_AGENT)
        .and_then(|value| value.to_str().ok())
        .map(|text| text.chars().take(USER_AGENT_CHARS_MAX).collect())
        .unwrap_or_default()
}

/// The address a request comes from: what the outermost believed proxy saw.
pub(crate) fn client_address(parts: &Parts, trusted_proxies: usize) -> Option<IpAddr> {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(address)| address.ip());
    let Some(hop) = trusted_proxies.checked_sub(1) else {
        return peer;
    };
    // The last entry was written by the nearest proxy, and so on; what stands before the believed
    // ones was written by the client.
    parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .nth(hop)
        .and_then(|text| text.parse().ok())
        .or(peer)
}

#[cfg(test)]
mod tests {
    use axum::{extract::ConnectInfo, http::Request};

    use super::client_address;

    fn seen(proxies: usize, forwarded: &str) -> String {
        let (mut parts, ()) = Request::builder()
            .header("x-forwarded-for", forwarded)
            .body(())
            .unwrap()
            .into_parts();
        let peer: std::net::SocketAddr = "192.0.2.1:1000".parse().unwrap();
        parts.extensions.insert(ConnectInfo(peer));
        client_address(&parts, proxies).unwrap().to_string()
    }

    #[test]
    fn a_client_cannot_choose_its_address() {
        assert_eq!(seen(0, "198.51.100.9"), "192.0.2.1");
        assert_eq!(seen(1, "10.0.0.1, 198.51.100.9"), "198.51.100.9");
        assert_eq!(
            seen(2, "10.0.0.1, 198.51.100.9, 203.0.113.5"),
            "198.51.100.9"
        );
        assert_eq!(seen(1, "nonsense"), "192.0.2.1");
    }
}
