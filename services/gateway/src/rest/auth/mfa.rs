//! The second factor: an authenticator app and its recovery codes.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::tenant::{
    CompleteMfaRequest, ConfirmTotpRequest, EnrolTotpRequest, GetMfaRequest,
    NewRecoveryCodesRequest, RemoveTotpRequest,
};

use super::{Session, SessionMode};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        access::Caller,
        extract::{Body, Checked},
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// The second step of a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactor {
    /// `challenge` of the refusal `auth.mfa_required`.
    #[schema(max_length = 128)]
    pub(crate) challenge: String,
    /// Six digits of the app, or a recovery code.
    #[schema(max_length = 64)]
    pub(crate) code: String,
    /// How the session is to be carried.
    #[serde(default)]
    pub(crate) mode: SessionMode,
}

impl Checked for SecondFactor {}

/// The caller's password, once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordAgain {
    /// The one they sign in with.
    #[schema(format = "password", max_length = 256)]
    pub(crate) password: String,
}

impl Checked for PasswordAgain {}

/// A code of the app that is being enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TotpCode {
    /// Six digits.
    #[schema(max_length = 64)]
    pub(crate) code: String,
}

impl Checked for TotpCode {}

/// What the caller is asked for beside their password.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Factors {
    /// Whether an authenticator app is set up.
    pub(crate) totp: bool,
    /// Recovery codes that were not used.
    pub(crate) recovery_codes_left: u32,
}

/// What an authenticator app is set up with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TotpEnrolment {
    /// Base32, to type in.
    pub(crate) secret: String,
    /// `otpauth://…`, to show as a QR code.
    pub(crate) uri: String,
}

/// Codes for the day the app is lost, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Each works once.
    pub(crate) recovery_codes: Vec<String>,
}

/// An answer with a secret in it.
fn unstored(body: impl Serialize) -> Response {
    (
        [(axum::http::header::CACHE_CONTROL, "no-store")],
        Json(body),
    )
        .into_response()
}

/// Ends a sign-in that was refused with `auth.mfa_required`.
#[utoipa::path(post, path = "/auth/mfa", tag = "auth", request_body = SecondFactor,
    responses((status = 200, description = "signed in", body = Session)),
    security(()))]
pub(crate) async fn complete_mfa(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(factor): Body<SecondFactor>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(factor.mode)?;
    let answer = edge
        .clients()
        .nobody_signing_in()?
        .complete_mfa(CompleteMfaRequest {
            mfa_token: factor.challenge,
            code: factor.code,
            mode: factor.mode.as_str().to_owned(),
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    cookie::session_response(StatusCode::OK, answer)
}

/// What the caller is asked for beside their password.
#[utoipa::path(get, path = "/auth/mfa", tag = "auth",
    responses((status = 200, description = "the factors", body = Factors)))]
pub(crate) async fn get_mfa(caller: Caller) -> Result<Json<Factors>, Problem> {
    let answer = caller
        .sign_in()?
        .get_mfa(GetMfaRequest {})
        .await?
        .into_inner();
    Ok(Json(Factors {
        totp: answer.totp,
        recovery_codes_left: answer.recovery_codes_left,
    }))
}

/// Begins to set up an authenticator app; nothing is asked for until a code confirms it.
#[utoipa::path(post, path = "/auth/mfa/totp", tag = "auth", request_body = PasswordAgain,
    responses((status = 200, description = "what the app needs", body = TotpEnrolment)))]
pub(crate) async fn enrol_totp(
    caller: Caller,
    Body(again): Body<PasswordAgain>,
) -> Result<Response, Problem> {
    caller.take_own_try().await?;
    let answer = caller
        .sign_in()?
        .enrol_totp(EnrolTotpRequest {
            password: again.password,
        })
        .await?
        .into_inner();
    Ok(unstored(TotpEnrolment {
        secret: answer.secret,
        uri: answer.uri,
    }))
}

/// Confirms the app with one of its codes; from now on a sign-in asks for one.
#[utoipa::path(post, path = "/auth/mfa/totp/confirm", tag = "auth", request_body = TotpCode,
    responses((status = 200, description = "set up", body = RecoveryCodes)))]
pub(crate) async fn confirm_totp(
    caller: Caller,
    Body(code): Body<TotpCode>,
) -> Result<Response, Problem> {
    caller.take_own_try().await?;
    let answer = caller
        .sign_in()?
        .confirm_totp(ConfirmTotpRequest { code: code.code })
        .await?
        .into_inner();
    Ok(unstored(RecoveryCodes {
        recovery_codes: answer.recovery_codes,
    }))
}

/// Removes the app and its recovery codes.
#[utoipa::path(post, path = "/auth/mfa/totp/remove", tag = "auth", request_body = PasswordAgain,
    responses((status = 204, description = "removed")))]
pub(crate) async fn remove_totp(
    caller: Caller,
    Body(again): Body<PasswordAgain>,
) -> Result<StatusCode, Problem> {
    caller.take_own_try().await?;
    caller
        .sign_in()?
        .remove_totp(RemoveTotpRequest {
            password: again.password,
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the recovery codes.
#[utoipa::path(post, path = "/auth/mfa/recovery-codes", tag = "auth", request_body = PasswordAgain,
    responses((status = 200, description = "the new codes", body = RecoveryCodes)))]
pub(crate) async fn new_recovery_codes(
    caller: Caller,
    Body(again): Body<PasswordAgain>,
) -> Result<Response, Problem> {
    caller.take_own_try().await?;
    let answer = caller
        .sign_in()?
        .new_recovery_codes(NewRecoveryCodesRequest {
            password: again.password,
        })
        .await?
        .into_inner();
    Ok(unstored(RecoveryCodes {
        recovery_codes: answer.recovery_codes,
    }))
}
