//! Requests that ride on a cookie must come from our own pages.
//!
//! Two independent signs, because each alone has been got around: a header that a form cannot
//! send, and an `Origin` that names this host (OWASP CSRF cheat sheet; RFC 6454).
use axum::http::{Method, header, request::Parts};
use wt_fault::Kind;

use crate::rest::problem::Problem;

/// The header our pages add.
pub(crate) const HEADER: &str = "x-watchtower-csrf";

/// Whether a request with this method may change something.
pub(crate) fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses a request that does not come from a page of ours. `authority` is the configured
/// `host:port`; the Host header decides without.
pub(crate) fn check(parts: &Parts, authority: Option<&str>) -> Result<(), Problem> {
    let marked = parts
        .headers
        .get(HEADER)
        .is_some_and(|value| value.as_bytes() == b"1");
    let host = authority.or_else(|| {
        parts
            .headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .or_else(|| {
                parts
                    .uri
                    .authority()
                    .map(axum::http::uri::Authority::as_str)
            })
    });
    let origin = parts
        .headers
        .get(header::ORIGIN)
        .and_then(|value| value.to_str().ok())
        .and_then(|origin| origin.split_once("://"))
        .map(|(_, authority)| authority);
    match (marked, origin, host) {
        (true, Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host) => Ok(()),
        _ => Err(refused()),
    }
}

/// The refusal.
pub(crate) fn refused() -> Problem {
    Problem::new(
        Kind::Forbidden,
        "auth.cross_site",
        "a request with a session cookie must come from this site's own pages",
    )
    .advising(
        "send the header X-Watchtower-CSRF: 1 and an Origin of this site, or use a bearer token",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::check;

    fn request(headers: &[(&str, &str)]) -> axum::http::request::Parts {
        let mut request = Request::builder().method("POST").uri("/api/v1/assets");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const HOST: (&str, &str) = ("host", "app.example.com");
    const MARK: (&str, &str) = ("x-watchtower-csrf", "1");

    #[test]
    fn only_a_marked_request_of_this_origin_passes() {
        let own = ("origin", "https://app.example.com");
        assert!(check(&request(&[HOST, MARK, own]), None).is_ok());
        assert!(check(&request(&[HOST, own]), None).is_err());
        assert!(check(&request(&[HOST, MARK]), None).is_err());
        for foreign in [
            "https://evil.example",
            "null",
            "https://app.example.com.evil.example",
        ] {
            assert!(
                check(&request(&[HOST, MARK, ("origin", foreign)]), None).is_err(),
                "{foreign}"
            );
        }
    }

    #[test]
    fn a_configured_address_decides_over_the_host_header() {
        let parts = request(&[HOST, MARK, ("origin", "https://app.example.com")]);
        assert!(check(&parts, Some("app.example.com")).is_ok());
        assert!(check(&parts, Some("other.example.com")).is_err());
    }
}
