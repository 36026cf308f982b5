//! Goes on in another organization of the caller's.
use axum::{http::StatusCode, response::Response};
use wt_proto::tenant::SwitchOrganizationRequest;

use super::{Session, SwitchTo};
use crate::{
    rest::{access::Caller, extract::Body, problem::Problem},
    session::cookie,
};

/// Makes another organization of the user's the session's.
#[utoipa::path(post, path = "/auth/switch", tag = "auth", request_body = SwitchTo,
    responses((status = 200, description = "the session, in the other organization", body = Session)))]
pub(crate) async fn switch_organization(
    caller: Caller,
    Body(to): Body<SwitchTo>,
) -> Result<Response, Problem> {
    let answer = caller
        .tenant()?
        .switch_organization(SwitchOrganizationRequest {
            tenant_key: to.tenant_key.to_string(),
        })
        .await?
        .into_inner();
    caller.edge().session_changed();
    cookie::session_response(StatusCode::OK, answer)
}
