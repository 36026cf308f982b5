//! Roles: the built-in ones, and those an organization makes from the same permissions.
use axum::{Json, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_model::{Permission, RoleId};
use wt_proto::tenant as wire;

use super::{
    access::{May, MembersManage, OrganizationRead},
    etag::{self, IfMatch},
    extract::{Body, Checked, Segment, named},
    page::page,
    problem::Problem,
};
use crate::Edge;

/// Routes of `/roles`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(list_roles, create_role))
        .routes(routes!(update_role, delete_role))
}

/// A role.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationRole {
    /// `rol_…`; absent for a built-in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Name.
    pub(crate) name: String,
    /// What it allows.
    pub(crate) permissions: Vec<String>,
    /// Whether every organization has it.
    pub(crate) built_in: bool,
    /// Grows with every edit; also the `etag`.
    pub(crate) version: u64,
}

impl TryFrom<wire::CustomRole> for OrganizationRole {
    type Error = Problem;

    fn try_from(role: wire::CustomRole) -> Result<Self, Problem> {
        Ok(Self {
            id: (!role.id.is_empty()).then_some(role.id),
            name: role.name,
            permissions: role.permissions,
            built_in: role.built_in,
            version: role.version,
        })
    }
}

page!(
    /// Roles of the organization, the built-in ones first.
    RolePage of OrganizationRole
);

/// A role to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    /// Name.
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: String,
    /// What it allows: nothing the caller may not do themselves.
    #[schema(value_type = Vec<String>, max_items = 64, example = json!(["runs:read"]))]
    pub(crate) permissions: Vec<Permission>,
}

impl Checked for NewRole {}

/// What changes about a role; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleChange {
    /// Name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 120)]
    pub(crate) name: Option<String>,
    /// What it allows, all of it.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, max_items = 64)]
    pub(crate) permissions: Option<Vec<Permission>>,
}

impl Checked for RoleChange {
    fn check(&self) -> Result<(), Problem> {
        named("name", self.name.as_deref())
    }
}

/// Roles of the organization.
#[utoipa::path(get, path = "/roles", tag = "people",
    responses((status = 200, description = "the roles", body = RolePage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_roles(caller: May<OrganizationRead>) -> Result<Json<RolePage>, Problem> {
    let request = wire::ListRolesRequest {};
    let answer = caller.people()?.list_roles(request).await?.into_inner();
    RolePage::from_wire(answer.roles, String::new()).map(Json)
}

/// Makes a role.
#[utoipa::path(post, path = "/roles", tag = "people", request_body = NewRole,
    responses((status = 201, description = "made", body = OrganizationRole)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn create_role(
    caller: May<MembersManage>,
    Body(new): Body<NewRole>,
) -> Result<Response, Problem> {
    let request = wire::CreateRoleRequest {
        name: new.name,
        permissions: words(&new.permissions),
    };
    let answer = caller.people()?.create_role(request).await?.into_inner();
    answered(StatusCode::CREATED, answer.role)
}

/// Changes a role, for everybody who holds it.
#[utoipa::path(patch, path = "/roles/{id}", tag = "people", request_body = RoleChange,
    params(("id" = String, Path, description = "role (`rol_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as it is now", body = OrganizationRole)),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn update_role(
    caller: May<MembersManage>,
    Segment(id): Segment<RoleId>,
    IfMatch(version): IfMatch,
    Body(change): Body<RoleChange>,
) -> Result<Response, Problem> {
    let answer = caller
        .people()?
        .update_role(wire::UpdateRoleRequest {
            role_id: id.to_string(),
            name: change.name.unwrap_or_default(),
            set_permissions: change.permissions.is_some(),
            permissions: words(&change.permissions.unwrap_or_default()),
            version,
        })
        .await
        .map_err(etag::refused)?
        .into_inner();
    caller.edge().session_changed();
    answered(StatusCode::OK, answer.role)
}

/// Removes a role nobody holds.
#[utoipa::path(delete, path = "/roles/{id}", tag = "people",
    params(("id" = String, Path, description = "role (`rol_…`)")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("members:manage"))))]
pub(crate) async fn delete_role(
    caller: May<MembersManage>,
    Segment(id): Segment<RoleId>,
) -> Result<StatusCode, Problem> {
    let request = wire::DeleteRoleRequest {
        role_id: id.to_string(),
    };
    caller.people()?.delete_role(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answered(status: StatusCode, role: Option<wire::CustomRole>) -> Result<Response, Problem> {
    let role: OrganizationRole = role
        .ok_or_else(|| Problem::broken_answer("role"))?
        .try_into()?;
    Ok(etag::tagged(status, role.version, role))
}

fn words(permissions: &[Permission]) -> Vec<String> {
    permissions.iter().map(ToString::to_string).collect()
}
