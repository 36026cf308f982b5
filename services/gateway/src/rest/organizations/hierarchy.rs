//! Shows the tree below an organization.
use axum::Json;
use wt_model::TenantKey;
use wt_proto::tenant::GetHierarchyRequest;

use super::Hierarchy;
use crate::rest::{
    access::{May, OrganizationRead},
    extract::Segment,
    problem::Problem,
};

/// The organizations at and below one of the caller's.
#[utoipa::path(get, path = "/tenants/{id}/hierarchy", tag = "organizations",
    params(("id" = String, Path, description = "organization (`org_…`)")),
    responses((status = 200, description = "the subtree", body = Hierarchy)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_hierarchy(
    caller: May<OrganizationRead>,
    Segment(id): Segment<TenantKey>,
) -> Result<Json<Hierarchy>, Problem> {
    let answer = caller
        .tenant()?
        .get_hierarchy(GetHierarchyRequest {
            tenant_key: id.to_string(),
        })
        .await?
        .into_inner();
    Ok(Json(Hierarchy {
        nodes: answer.nodes.into_iter().map(Into::into).collect(),
    }))
}
