//! Takes a browser back from its identity provider.
use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use utoipa::IntoParams;
use wt_fault::Fault as _;
use wt_proto::tenant::CompleteSsoRequest;
use wt_rpc::RpcFault;

use super::redirect_uri;
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        extract::{Checked, Params},
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// What the provider says (RFC 6749 §4.1.2, RFC 9207).
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Returned {
    /// Which sign-in.
    #[serde(default)]
    state: String,
    /// What is exchanged for who it is.
    #[serde(default)]
    code: String,
    /// Why there is no code.
    #[serde(default)]
    error: String,
    /// Who answers.
    #[serde(default)]
    iss: String,
}

impl Checked for Returned {}

/// Finishes single sign-on: sets the session's cookie and goes on to the page it began from. What
/// does not work leads back to the log-in page with a code, because a person is looking.
#[utoipa::path(get, path = "/auth/sso/callback", tag = "auth", params(Returned),
    responses((status = 303, description = "signed in, or back to the log-in page with `sso_error`")),
    security(()))]
pub(crate) async fn complete_sso(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    headers: HeaderMap,
    Params(returned): Params<Returned>,
) -> Result<Response, Problem> {
    let request = CompleteSsoRequest {
        state: returned.state,
        code: returned.code,
        error: returned.error,
        issuer: returned.iss,
        browser_secret: cookie::sso_secret_of(&headers)
            .unwrap_or_default()
            .to_owned(),
        redirect_uri: redirect_uri(&edge)?,
        client: Some(browser.client()),
    };
    let answer = edge
        .clients()
        .nobody_at_a_provider()?
        .complete_sso(request)
        .await;
    let (place, session) = match answer.map(wt_rpc::Response::into_inner) {
        Ok(answer) => (answer.return_to, answer.session),
        Err(status) => {
            let fault = RpcFault::from(status);
            tracing::debug!(code = fault.code(), "a sign-in at a provider was refused");
            (format!("/login?sso_error={}", fault.code()), None)
        }
    };
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    let place = HeaderValue::from_str(&place)
        .map_err(|_unprintable| Problem::broken_answer("complete_sso.return_to"))?;
    headers.insert(header::LOCATION, place);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.append(header::SET_COOKIE, cookie::sso_expired());
    if let Some(session) = session {
        headers.append(header::SET_COOKIE, cookie::of_session(&session)?);
    }
    Ok(response)
}
