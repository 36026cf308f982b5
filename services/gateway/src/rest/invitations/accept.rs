//! The mailed link's side: looking, signing up, joining. The secret travels in bodies, since
//! addresses end in logs.
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wt_proto::tenant as wire;

use crate::{
    Edge,
    limit::AuthBudget,
    rest::{
        access::Caller,
        auth::{Membership, Session, SessionMode},
        extract::{Body, Checked},
        moment::Moment,
        problem::Problem,
    },
    session::{FromBrowser, cookie},
};

/// The secret of a mailed link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitationToken {
    /// As it is in the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
}

impl Checked for InvitationToken {}

/// What an invitation is about.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationPreview {
    /// Name of the organization.
    pub(crate) organization: String,
    /// Address it was sent to.
    pub(crate) email: String,
    /// Role offered.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
    /// Who asked.
    pub(crate) invited_by: String,
    /// When the link ends.
    pub(crate) expires_at: Moment,
    /// Whether the address has an account: then sign in and `POST /invitations/join`.
    pub(crate) account_exists: bool,
}

/// Who signs up by an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InvitedSignUp {
    /// As it is in the link.
    #[schema(max_length = 128)]
    pub(crate) token: String,
    /// What others see.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) display_name: String,
    /// Password.
    #[schema(format = "password", min_length = 12, max_length = 256)]
    pub(crate) password: String,
    /// How the session is to be carried.
    #[serde(default)]
    pub(crate) mode: SessionMode,
}

impl Checked for InvitedSignUp {}

/// Shows what an invitation is about.
#[utoipa::path(post, path = "/invitations/preview", tag = "people", request_body = InvitationToken,
    responses((status = 200, description = "the invitation", body = InvitationPreview)),
    security(()))]
pub(crate) async fn preview_invitation(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    Body(asked): Body<InvitationToken>,
) -> Result<Json<InvitationPreview>, Problem> {
    let request = wire::PreviewInvitationRequest { token: asked.token };
    let seen = edge
        .clients()
        .anonymous_people()?
        .preview_invitation(request)
        .await?
        .into_inner();
    Ok(Json(InvitationPreview {
        expires_at: Moment::required("invitation.expires_at", seen.expires_at.as_ref())?,
        organization: seen.organization,
        email: seen.email,
        role: seen.role,
        invited_by: seen.invited_by,
        account_exists: seen.account_exists,
    }))
}

/// Asks who sent an invitation that ran out for a new one, by mail and once a day; whether it is
/// sent is theirs to decide.
#[utoipa::path(post, path = "/invitations/ask", tag = "people", request_body = InvitationToken,
    responses((status = 204, description = "asked")),
    security(()))]
pub(crate) async fn ask_for_invitation(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    Body(asked): Body<InvitationToken>,
) -> Result<StatusCode, Problem> {
    let request = wire::AskForInvitationRequest { token: asked.token };
    edge.clients()
        .anonymous_people()?
        .ask_for_invitation(request)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Accepts an invitation by signing up with its address.
#[utoipa::path(post, path = "/invitations/accept", tag = "people", request_body = InvitedSignUp,
    responses((status = 201, description = "signed up and in", body = Session)),
    security(()))]
pub(crate) async fn accept_invitation(
    State(edge): State<Edge>,
    _budget: AuthBudget,
    browser: FromBrowser,
    Body(new): Body<InvitedSignUp>,
) -> Result<Response, Problem> {
    browser.require_same_origin_for(new.mode)?;
    let session = edge
        .clients()
        .anonymous_people()?
        .accept_invitation(wire::AcceptInvitationRequest {
            token: new.token,
            display_name: new.display_name,
            password: new.password,
            mode: new.mode.as_str().to_owned(),
            client: Some(browser.client()),
        })
        .await?
        .into_inner()
        .session
        .ok_or_else(|| Problem::broken_answer("accept_invitation.session"))?;
    cookie::session_response(StatusCode::CREATED, session)
}

/// Accepts an invitation as somebody who is signed in with its address.
#[utoipa::path(post, path = "/invitations/join", tag = "people", request_body = InvitationToken,
    responses((status = 200, description = "the organization joined", body = Membership)))]
pub(crate) async fn join_organization(
    caller: Caller,
    Body(asked): Body<InvitationToken>,
) -> Result<Json<Membership>, Problem> {
    let request = wire::AcceptInvitationRequest {
        token: asked.token,
        ..Default::default()
    };
    let organization = caller
        .people()?
        .accept_invitation(request)
        .await?
        .into_inner()
        .organization
        .ok_or_else(|| Problem::broken_answer("accept_invitation.organization"))?;
    Ok(Json(organization.try_into()?))
}
