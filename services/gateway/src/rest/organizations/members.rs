//! Lists the people of the caller's organization.
use axum::Json;
use wt_proto::tenant::ListMembersRequest;

use super::MemberPage;
use crate::rest::{
    access::{May, OrganizationRead},
    problem::Problem,
};

/// People of the organization.
#[utoipa::path(get, path = "/users", tag = "organizations",
    responses((status = 200, description = "the members", body = MemberPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_members(
    caller: May<OrganizationRead>,
) -> Result<Json<MemberPage>, Problem> {
    let answer = caller
        .tenant()?
        .list_members(ListMembersRequest {})
        .await?
        .into_inner();
    MemberPage::from_wire(answer.members, String::new()).map(Json)
}
