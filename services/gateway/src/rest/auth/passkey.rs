//! Signing in with a passkey: alone, or in place of a code.
use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use wt_proto::tenant::{BeginPasskeySignInRequest, FinishPasskeySignInRequest};

use super::{Session, SessionMode};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        extract::{Body, Checked, OptionalBody},
        passkeys::PasskeyCeremony,
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// What a passkey is to answer.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeySignIn {
    /// `challenge` of the refusal `auth.mfa_required`; absent to sign in with the passkey alone.
    #[serde(default)]
    #[schema(max_length = 128)]
    pub(crate) challenge: Option<String>,
}

impl Checked for PasskeySignIn {}

/// What a passkey answered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasskeyAnswer {
    /// Of `POST /auth/passkey/begin`.
    #[schema(max_length = 128)]
    pub(crate) ceremony: String,
    /// `AuthenticationResponseJSON`, as the browser gave it.
    #[schema(value_type = Object)]
    pub(crate) credential: Value,
    /// How the session is to be carried.
    #[serde(default)]
    pub(crate) mode: SessionMode,
}

impl Checked for PasskeyAnswer {}

/// Begins a sign-in with a passkey.
#[utoipa::path(post, path = "/auth/passkey/begin", tag = "auth",
    request_body = Option<PasskeySignIn>,
    responses((status = 200, description = "what the browser needs", body = PasskeyCeremony)),
    security(()))]
pub(crate) async fn begin_passkey_sign_in(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    OptionalBody(sign_in): OptionalBody<PasskeySignIn>,
) -> Result<Response, Problem> {
    let answer = edge
        .clients()
        .nobody_signing_in()?
        .begin_passkey_sign_in(BeginPasskeySignInRequest {
            mfa_token: sign_in.challenge.unwrap_or_default(),
        })
        .await?
        .into_inner();
    PasskeyCeremony::response(answer.ceremony, &answer.options_json)
}

/// Signs in with the browser's answer.
#[utoipa::path(post, path = "/auth/passkey/finish", tag = "auth", request_body = PasskeyAnswer,
    responses((status = 200, description = "signed in", body = Session)),
    security(()))]
pub(crate) async fn finish_passkey_sign_in(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(answer): Body<PasskeyAnswer>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(answer.mode)?;
    let session = edge
        .clients()
        .nobody_signing_in()?
        .finish_passkey_sign_in(FinishPasskeySignInRequest {
            ceremony: answer.ceremony,
            credential_json: answer.credential.to_string(),
            mode: answer.mode.as_str().to_owned(),
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    cookie::session_response(StatusCode::OK, session)
}
