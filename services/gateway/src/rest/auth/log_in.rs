//! Signs in.
use axum::{extract::State, http::StatusCode, response::Response};
use wt_proto::tenant::LogInRequest;

use super::{Credentials, Session};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
    session::{FromBrowser, cookie},
};

/// Signs in with a password.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = Credentials,
    responses((status = 200, description = "signed in", body = Session)),
    security(()))]
pub(crate) async fn log_in(
    State(edge): State<Edge>,
    budget: AuthBudget,
    browser: FromBrowser,
    Body(credentials): Body<Credentials>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(credentials.mode)?;
    let guess = edge
        .limits()
        .begin_guess(&credentials.email, &budget)
        .await?;
    let answer = edge
        .clients()
        .anonymous()?
        .log_in(LogInRequest {
            email: credentials.email,
            password: credentials.password,
            mode: credentials.mode.as_str().to_owned(),
            client: Some(browser.client()),
        })
        .await
        .map_err(Problem::from);
    guess.end(&answer).await;
    cookie::session_response(StatusCode::OK, answer?.into_inner())
}
