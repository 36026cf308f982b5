//! The session cookie: opaque, unreadable to scripts, bound to this host.
//!
//! `__Host-` makes browsers refuse it without `Secure`, with a `Domain`, or on another path
//! (RFC 6265bis §4.1.3.2). Browsers treat loopback addresses as secure, so development works.
use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use wt_fault::Kind;
use wt_proto::tenant::SessionResponse;

use crate::rest::{auth::Session, problem::Problem};

/// Its name.
pub(crate) const NAME: &str = "__Host-wt_session";
/// What every form of it says.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Lax";

/// Ties a sign-in at an identity provider to the browser that began it. The provider's page
/// sends the browser back by a top-level navigation, which `Lax` lets through.
const SSO_NAME: &str = "__Host-wt_sso";
/// Seconds a sign-in at a provider may take; the tenant service holds it to the same.
const SSO_SECONDS: u32 = 600;

/// The session secret a request carries.
pub(crate) fn secret_of(headers: &HeaderMap) -> Option<&str> {
    value_of(headers, NAME)
}

/// The secret of a sign-in at a provider.
pub(crate) fn sso_secret_of(headers: &HeaderMap) -> Option<&str> {
    value_of(headers, SSO_NAME)
}

/// The cookie of a sign-in at a provider.
pub(crate) fn sso(secret: &str) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!(
        "{SSO_NAME}={secret}; Max-Age={SSO_SECONDS}; {ATTRIBUTES}"
    ))
    .map_err(|_unprintable| Problem::broken_answer("sso.secret"))
}

/// Takes that cookie away.
pub(crate) fn sso_expired() -> HeaderValue {
    HeaderValue::from_static("__Host-wt_sso=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax")
}

/// The cookie of a session.
pub(crate) fn of_session(answer: &SessionResponse) -> Result<HeaderValue, Problem> {
    HeaderValue::from_str(&format!("{NAME}={}; {ATTRIBUTES}", answer.session_secret))
        .map_err(|_unprintable| Problem::broken_answer("session.session_secret"))
}

fn value_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
        .filter(|value| !value.is_empty())
}

/// The answer to a sign-in, with the cookie when the session is one.
pub(crate) fn session_response(
    status: StatusCode,
    answer: SessionResponse,
) -> Result<Response, Problem> {
    if !answer.mfa_token.is_empty() {
        return Err(mfa_required(answer.mfa_token, answer.mfa_factors));
    }
    let cookie = if answer.session_secret.is_empty() {
        None
    } else {
        Some(of_session(&answer)?)
    };
    let mut response = (status, Json(Session::try_from(answer)?)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(cookie) = cookie {
        headers.insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The password was right and is not enough.
fn mfa_required(challenge: String, factors: Vec<String>) -> Problem {
    Problem::new(
        Kind::Unauthenticated,
        "auth.mfa_required",
        "a second factor is needed",
    )
    .advising("send the challenge and a code to /api/v1/auth/mfa, or answer it with a passkey, within five minutes")
    .challenging(challenge, factors)
}

/// An answer that takes the cookie away.
pub(crate) fn expired(status: StatusCode) -> Response {
    let mut response = status.into_response();
    if let Ok(cookie) = HeaderValue::from_str(&format!("{NAME}=; Max-Age=0; {ATTRIBUTES}")) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use super::secret_of;

    #[test]
    fn the_secret_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        assert_eq!(secret_of(&headers), None);
        headers.insert(
            "cookie",
            HeaderValue::from_static("theme=dark; __Host-wt_session=abc; wt_session=x"),
        );
        assert_eq!(secret_of(&headers), Some("abc"));
        headers.insert("cookie", HeaderValue::from_static("__Host-wt_session="));
        assert_eq!(secret_of(&headers), None);
    }
}
