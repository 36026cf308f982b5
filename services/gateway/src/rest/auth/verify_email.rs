//! Proves the address of an account.
use axum::{Json, extract::State, http::StatusCode};
use wt_proto::tenant::{SendEmailVerificationRequest, VerifyEmailRequest};

use super::passwords::{LinkToken, VerifiedEmail};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{access::Caller, extract::Body, problem::Problem},
};

/// Mails the caller the link that proves their address; nothing if it is proved.
#[utoipa::path(post, path = "/auth/email/verification", tag = "auth",
    responses((status = 202, description = "a mail is on its way")))]
pub(crate) async fn send_email_verification(caller: Caller) -> Result<StatusCode, Problem> {
    caller.take_own_try().await?;
    caller
        .sign_in()?
        .send_email_verification(SendEmailVerificationRequest {})
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Takes the token of the mailed link: the address is the account's.
#[utoipa::path(post, path = "/auth/email/verify", tag = "auth", request_body = LinkToken,
    responses((status = 200, description = "proved", body = VerifiedEmail)),
    security(()))]
pub(crate) async fn verify_email(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    Body(link): Body<LinkToken>,
) -> Result<Json<VerifiedEmail>, Problem> {
    let email = edge
        .clients()
        .nobody_signing_in()?
        .verify_email(VerifyEmailRequest { token: link.token })
        .await?
        .into_inner()
        .email;
    Ok(Json(VerifiedEmail { email }))
}
