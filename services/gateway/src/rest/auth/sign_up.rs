//! Signs up: a user, a root organization and a session.
use axum::{extract::State, http::StatusCode, response::Response};
use wt_proto::tenant::SignUpRequest;

use super::{NewAccount, Session};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
    session::{FromBrowser, cookie},
};

/// Makes an account, its first organization and a session.
#[utoipa::path(post, path = "/auth/signup", tag = "auth", request_body = NewAccount,
    responses((status = 201, description = "signed up and in", body = Session)),
    security(()))]
pub(crate) async fn sign_up(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(account): Body<NewAccount>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(account.mode)?;
    let answer = edge
        .clients()
        .anonymous()?
        .sign_up(SignUpRequest {
            email: account.email,
            password: account.password,
            display_name: account.display_name,
            organization_name: account.organization_name,
            mode: account.mode.as_str().to_owned(),
            client: Some(browser.client()),
        })
        .await?
        .into_inner();
    cookie::session_response(StatusCode::CREATED, answer)
}
