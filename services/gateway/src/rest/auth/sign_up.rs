//! Signs up: a user, a root organization and a session.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::tenant::SignUpRequest;

use super::{NewAccount, Session};
use crate::{
    Edge,
    limit::AuthBudget,
    rest::{extract::Body, problem::Problem},
    session::{FromBrowser, cookie},
};

/// A sign-up that goes on by mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Mailed {
    /// Always true.
    mailed: bool,
}

/// Makes an account, its first organization and a session.
#[utoipa::path(post, path = "/auth/signup", tag = "auth", request_body = NewAccount,
    responses(
        (status = 201, description = "signed up and in", body = Session),
        (status = 202, description = "where sign-ups go by mail: the same answer for every address, \
            and a mail to it says how it goes on", body = Mailed)),
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
    if answer.mailed {
        return Ok((StatusCode::ACCEPTED, Json(Mailed { mailed: true })).into_response());
    }
    cookie::session_response(StatusCode::CREATED, answer)
}
