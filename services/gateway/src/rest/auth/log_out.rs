//! Ends the caller's session, everywhere.
use axum::{http::StatusCode, response::Response};
use wt_proto::tenant::LogOutRequest;

use crate::{
    rest::{access::Caller, problem::Problem},
    session::cookie,
};

/// Ends the session.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 204, description = "signed out")))]
pub(crate) async fn log_out(caller: Caller) -> Result<Response, Problem> {
    caller.tenant()?.log_out(LogOutRequest {}).await?;
    caller.edge().end_session(caller.principal()).await;
    Ok(cookie::expired(StatusCode::NO_CONTENT))
}
