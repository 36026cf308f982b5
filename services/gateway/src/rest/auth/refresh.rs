//! Exchanges a refresh token; each works once and a reused one ends its family.
use axum::{extract::State, http::StatusCode, response::Response};
use wt_proto::tenant::RefreshRequest;

use super::{RefreshToken, Session};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
    session::{FromBrowser, cookie},
};

/// Exchanges a refresh token for new tokens.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", request_body = RefreshToken,
    responses((status = 200, description = "new tokens", body = Session)),
    security(()))]
pub(crate) async fn refresh(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(token): Body<RefreshToken>,
) -> Result<Response, Problem> {
    let answer = edge
        .clients()
        .anonymous()?
        .refresh(RefreshRequest {
            refresh_token: token.refresh_token,
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    cookie::session_response(StatusCode::OK, answer)
}
