//! Sets a new password with the link from a mail.
use axum::{extract::State, http::StatusCode};
use wt_proto::tenant::ResetPasswordRequest;

use super::passwords::PasswordReset;
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
};

/// Sets a new password with the token of a mailed link, once, and ends every sign-in.
#[utoipa::path(post, path = "/auth/password/reset", tag = "auth", request_body = PasswordReset,
    responses((status = 204, description = "set; sign in with it")),
    security(()))]
pub(crate) async fn reset_password(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    Body(reset): Body<PasswordReset>,
) -> Result<StatusCode, Problem> {
    let ended = edge
        .clients()
        .nobody_signing_in()?
        .reset_password(ResetPasswordRequest {
            token: reset.token,
            new_password: reset.new_password,
        })
        .await?
        .into_inner()
        .ended_session_ids;
    edge.access_ended(ended).await;
    Ok(StatusCode::NO_CONTENT)
}
