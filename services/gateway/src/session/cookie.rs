//! The session cookie: opaque, unreadable to scripts, bound to this host.
use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use wt_proto::tenant::SessionResponse;

use crate::{
    Edge,
    rest::{auth::Session, problem::Problem},
};

/// The answer to a sign-in, with the cookie when the session is one.
pub(crate) fn session_response(
    status: StatusCode,
    _edge: &Edge,
    answer: SessionResponse,
) -> Result<Response, Problem> {
    let session = Session::try_from(answer)?;
    Ok((status, Json(session)).into_response())
}

/// An answer that takes the cookie away.
pub(crate) fn expired(status: StatusCode, _edge: &Edge) -> Response {
    status.into_response()
}
