//! Sends a browser to its identity provider.
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::tenant::StartSsoRequest;

use super::redirect_uri;
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        auth::SessionMode,
        extract::{Body, Checked},
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// Who wants to sign in: an address, or a connection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SsoStart {
    /// Address whose domain leads to a connection.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: String,
    /// A connection's id, instead.
    #[serde(default)]
    connection_id: String,
    /// Path of the page to go on with.
    #[serde(default)]
    #[schema(max_length = 2000)]
    return_to: String,
}

impl Checked for SsoStart {}

/// Where to go.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SsoRedirect {
    /// The provider's page, for this browser only.
    #[schema(format = "uri")]
    authorization_url: String,
}

/// Begins single sign-on; the cookie it sets ties the sign-in to this browser.
#[utoipa::path(post, path = "/auth/sso/start", tag = "auth", request_body = SsoStart,
    responses((status = 200, description = "where to go", body = SsoRedirect)),
    security(()))]
pub(crate) async fn start_sso(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(start): Body<SsoStart>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(SessionMode::Cookie)?;
    let secret = hex::encode(rand::random::<[u8; 32]>());
    let answer = edge
        .clients()
        .nobody_at_a_provider()?
        .start_sso(StartSsoRequest {
            email: start.email,
            connection_id: start.connection_id,
            browser_secret: secret.clone(),
            redirect_uri: redirect_uri(&edge)?,
            return_to: start.return_to,
        })
        .await?
        .into_inner();
    let mut response = Json(SsoRedirect {
        authorization_url: answer.authorization_url,
    })
    .into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::SET_COOKIE, cookie::sso(&secret)?);
    Ok(response)
}
