//! Changes the caller's password.
use axum::http::StatusCode;
use wt_proto::tenant::ChangePasswordRequest;

use super::passwords::PasswordChange;
use crate::rest::{access::Caller, extract::Body, problem::Problem};

/// Changes the caller's password and ends their other sign-ins.
#[utoipa::path(post, path = "/auth/password", tag = "auth", request_body = PasswordChange,
    responses((status = 204, description = "changed")))]
pub(crate) async fn change_password(
    caller: Caller,
    Body(change): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    caller.take_own_try().await?;
    let ended = caller
        .sign_in()?
        .change_password(ChangePasswordRequest {
            current_password: change.current_password,
            new_password: change.new_password,
        })
        .await?
        .into_inner()
        .ended_session_ids;
    caller.edge().access_ended(ended).await;
    Ok(StatusCode::NO_CONTENT)
}
