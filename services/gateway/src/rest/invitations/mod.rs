//! Invitations: asking in by mail, and accepting.
mod accept;

use axum::{Json, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{InvitationId, Role};
use wt_proto::tenant as wire;

use super::{
    access::{Caller, May, MembersManage},
    extract::{Body, Checked, Segment},
    moment::Moment,
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/invitations`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_invitations, create_invitation))
        .routes(routes!(revoke_invitation))
        .routes(routes!(resend_invitation))
        .routes(routes!(accept::preview_invitation))
        .routes(routes!(accept::ask_for_invitation))
        .routes(routes!(accept::accept_invitation))
        .routes(routes!(accept::join_organization))
}

/// An open invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// `inv_…`
    pub(crate) id: String,
    /// Address it was sent to.
    pub(crate) email: String,
    /// Role offered.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
    /// When it was made.
    pub(crate) created_at: Moment,
    /// When its link ends.
    pub(crate) expires_at: Moment,
    /// User id of who asked.
    pub(crate) invited_by: String,
}

impl TryFrom<wire::Invitation> for Invitation {
    type Error = Problem;

    fn try_from(invitation: wire::Invitation) -> Result<Self, Problem> {
        let created_at = invitation.created_at.as_ref();
        let expires_at = invitation.expires_at.as_ref();
        Ok(Self {
            created_at: Moment::required("invitation.created_at", created_at)?,
            expires_at: Moment::required("invitation.expires_at", expires_at)?,
            id: invitation.id,
            email: invitation.email,
            role: invitation.role,
            invited_by: invitation.invited_by,
        })
    }
}

page!(
    /// Open invitations.
    InvitationPage of Invitation
);

/// Whom to ask in, and as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInvitation {
    /// Address the mail goes to.
    #[schema(format = "email", max_length = 254)]
    pub(crate) email: String,
    /// Built-in role.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: Role,
}

impl Checked for NewInvitation {}

/// Open invitations, newest first.
#[utoipa::path(get, path = "/invitations", tag = "people",
    responses((status = 200, description = "the open ones", body = InvitationPage)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn list_invitations(
    caller: May<MembersManage>,
) -> Result<Json<InvitationPage>, Problem> {
    let request = wire::ListInvitationsRequest {};
    let answer = caller.people()?.list_invitations(request).await?;
    InvitationPage::from_wire(answer.into_inner().invitations, String::new()).map(Json)
}

/// Asks somebody in by mail; the link works once, for seven days.
#[utoipa::path(post, path = "/invitations", tag = "people", request_body = NewInvitation,
    responses((status = 201, description = "invited by mail", body = Invitation)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn create_invitation(
    caller: May<MembersManage>,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    invite(&caller, new).await
}

/// What `POST /invitations` and `POST /users` share.
pub(super) async fn invite(
    caller: &Caller,
    new: NewInvitation,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    let invitation = caller
        .people()?
        .invite_user(wire::InviteUserRequest {
            email: new.email,
            role: new.role.to_string(),
        })
        .await?
        .into_inner()
        .invitation
        .ok_or_else(|| Problem::broken_answer("invite_user.invitation"))?;
    Ok((StatusCode::CREATED, Json(invitation.try_into()?)))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/invitations/{id}", tag = "people",
    params(("id" = String, Path, description = "invitation (`inv_…`)")),
    responses((status = 204, description = "withdrawn")),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn revoke_invitation(
    caller: May<MembersManage>,
    Segment(id): Segment<InvitationId>,
) -> Result<StatusCode, Problem> {
    let request = wire::RevokeInvitationRequest {
        invitation_id: id.to_string(),
    };
    caller.people()?.revoke_invitation(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends an invitation again, with a new link; the old one ends.
#[utoipa::path(post, path = "/invitations/{id}/resend", tag = "people",
    params(("id" = String, Path, description = "invitation (`inv_…`)")),
    responses((status = 200, description = "sent again", body = Invitation)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn resend_invitation(
    caller: May<MembersManage>,
    Segment(id): Segment<InvitationId>,
) -> Result<Json<Invitation>, Problem> {
    let invitation = caller
        .people()?
        .resend_invitation(wire::ResendInvitationRequest {
            invitation_id: id.to_string(),
        })
        .await?
        .into_inner()
        .invitation
        .ok_or_else(|| Problem::broken_answer("resend_invitation.invitation"))?;
    Ok(Json(invitation.try_into()?))
}
