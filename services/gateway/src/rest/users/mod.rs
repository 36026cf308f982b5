//! People of an organization: their roles, and whether they may come in.
use axum::{Json, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{Role, UserId};
use wt_proto::tenant as wire;

use super::{
    access::{May, MembersManage, OrganizationRead},
    auth::User,
    etag::{self, IfMatch},
    extract::{Body, Checked, Segment},
    invitations::{Invitation, NewInvitation, invite},
    moment::Moment,
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/users`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_members, invite_user))
        .routes(routes!(update_user, remove_user))
}

/// A person in the organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Member {
    /// Who.
    pub(crate) user: User,
    /// Built-in role.
    #[schema(schema_with = crate::rest::words::role)]
    pub(crate) role: String,
    /// The organization's own roles beside it.
    pub(crate) role_ids: Vec<String>,
    /// Whether they may come in.
    #[schema(example = "active")]
    pub(crate) state: String,
    /// Since when.
    pub(crate) joined_at: Moment,
    /// Grows with every edit; also the `etag`.
    pub(crate) version: u64,
}

impl TryFrom<wire::OrganizationUser> for Member {
    type Error = Problem;

    fn try_from(user: wire::OrganizationUser) -> Result<Self, Problem> {
        Ok(Self {
            joined_at: Moment::required("user.joined_at", user.joined_at.as_ref())?,
            user: user
                .user
                .ok_or_else(|| Problem::broken_answer("user.user"))?
                .into(),
            role: user.role,
            role_ids: user.role_ids,
            state: user.state,
            version: user.version,
        })
    }
}

page!(
    /// People of the organization.
    MemberPage of Member
);

/// Whether somebody may come in.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum UserState {
    /// They may.
    Active,
    /// Their sign-ins ended; what they are is kept.
    Deactivated,
}

/// What changes about somebody; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// Built-in role; `member` gives nothing by itself.
    #[serde(default)]
    #[schema(schema_with = crate::rest::words::optional_role, required = false)]
    pub(crate) role: Option<Role>,
    /// The organization's own roles, all of them.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub(crate) role_ids: Option<Vec<String>>,
    /// Whether they may come in.
    #[serde(default)]
    pub(crate) state: Option<UserState>,
}

impl Checked for UserChange {}

/// People of the organization.
#[utoipa::path(get, path = "/users", tag = "people",
    responses((status = 200, description = "everybody, also who is deactivated", body = MemberPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_members(
    caller: May<OrganizationRead>,
) -> Result<Json<MemberPage>, Problem> {
    let request = wire::ListUsersRequest {};
    let answer = caller.people()?.list_users(request).await?.into_inner();
    MemberPage::from_wire(answer.users, String::new()).map(Json)
}

/// Asks somebody in: the same as `POST /invitations`.
#[utoipa::path(post, path = "/users", tag = "people", request_body = NewInvitation,
    responses((status = 201, description = "invited by mail", body = Invitation)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn invite_user(
    caller: May<MembersManage>,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    invite(&caller, new).await
}

/// Changes what somebody is in the organization. Who is deactivated is signed out at once.
#[utoipa::path(patch, path = "/users/{id}", tag = "people", request_body = UserChange,
    params(("id" = String, Path, description = "user (`usr_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as they are now", body = Member)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn update_user(
    caller: May<MembersManage>,
    Segment(id): Segment<UserId>,
    IfMatch(version): IfMatch,
    Body(change): Body<UserChange>,
) -> Result<Response, Problem> {
    let state = change.state.map_or("", |state| match state {
        UserState::Active => "active",
        UserState::Deactivated => "deactivated",
    });
    let user = caller
        .people()?
        .update_user(wire::UpdateUserRequest {
            user_id: id.to_string(),
            role: change.role.map(|role| role.to_string()).unwrap_or_default(),
            set_role_ids: change.role_ids.is_some(),
            role_ids: change.role_ids.unwrap_or_default(),
            state: state.to_owned(),
            version,
        })
        .await
        .map_err(etag::refused)?
        .into_inner()
        .user
        .ok_or_else(|| Problem::broken_answer("update_user.user"))?;
    // What was believed of callers is asked again: a cookie's role changes with the next request.
    caller.edge().session_changed();
    let user = Member::try_from(user)?;
    Ok(etag::tagged(StatusCode::OK, user.version, user))
}

/// Removes somebody from the organization and signs them out.
#[utoipa::path(delete, path = "/users/{id}", tag = "people",
    params(("id" = String, Path, description = "user (`usr_…`)")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn remove_user(
    caller: May<MembersManage>,
    Segment(id): Segment<UserId>,
) -> Result<StatusCode, Problem> {
    let request = wire::RemoveUserRequest {
        user_id: id.to_string(),
    };
    caller.people()?.remove_user(request).await?;
    caller.edge().session_changed();
    Ok(StatusCode::NO_CONTENT)
}
