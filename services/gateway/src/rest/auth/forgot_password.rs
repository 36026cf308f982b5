//! Mails a link that sets a new password.
use axum::{extract::State, http::StatusCode};
use wt_proto::tenant::ForgotPasswordRequest;

use super::passwords::ForgottenPassword;
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
    session::FromBrowser,
};

/// Mails a link that sets a new password, if the address has an account. The answer is the same
/// if it has none.
#[utoipa::path(post, path = "/auth/password/forgot", tag = "auth", request_body = ForgottenPassword,
    responses((status = 202, description = "a mail is on its way, if there is such an account")),
    security(()))]
pub(crate) async fn forgot_password(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(forgotten): Body<ForgottenPassword>,
) -> Result<StatusCode, Problem> {
    edge.clients()
        .nobody_signing_in()?
        .forgot_password(ForgotPasswordRequest {
            email: forgotten.email,
            client: Some(browser.client()),
        })
        .await?;
    Ok(StatusCode::ACCEPTED)
}
