//! One organization: reading it, renaming it.
use axum::{http::StatusCode, response::Response};
use serde::Serialize;
use utoipa::ToSchema;
use wt_model::TenantKey;
use wt_proto::tenant as wire;

use super::NewOrganization;
use crate::rest::{
    access::{May, OrganizationRead, OrganizationWrite},
    etag::{self, IfMatch},
    extract::{Body, Segment},
    moment::Moment,
    problem::Problem,
};

/// An organization.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Organization {
    /// `org_…`
    pub(crate) tenant_key: String,
    /// Name.
    pub(crate) name: String,
    /// The one above; absent for a root.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) parent_tenant_key: Option<String>,
    /// Since when it exists.
    pub(crate) created_at: Moment,
    /// Grows with every edit; also the `etag`.
    pub(crate) version: u64,
}

/// The caller's organization, or one below it.
#[utoipa::path(get, path = "/organizations/{id}", tag = "organizations",
    params(("id" = String, Path, description = "organization (`org_…`)")),
    responses((status = 200, description = "the organization", body = Organization)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn get_organization(
    caller: May<OrganizationRead>,
    Segment(id): Segment<TenantKey>,
) -> Result<Response, Problem> {
    let request = wire::GetOrganizationRequest {
        tenant_key: id.to_string(),
    };
    let answer = caller.people()?.get_organization(request).await?;
    answered(answer.into_inner().organization)
}

/// Renames the caller's organization, or one below it.
#[utoipa::path(patch, path = "/organizations/{id}", tag = "organizations",
    request_body = NewOrganization,
    params(("id" = String, Path, description = "organization (`org_…`)"),
        ("if-match" = Option<String>, Header, description = "`etag` of the version that was read")),
    responses((status = 200, description = "as it is now", body = Organization)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn update_organization(
    caller: May<OrganizationWrite>,
    Segment(id): Segment<TenantKey>,
    IfMatch(version): IfMatch,
    Body(change): Body<NewOrganization>,
) -> Result<Response, Problem> {
    let answer = caller
        .people()?
        .update_organization(wire::UpdateOrganizationRequest {
            tenant_key: id.to_string(),
            name: change.name,
            version,
        })
        .await
        .map_err(etag::refused)?;
    answered(answer.into_inner().organization)
}

fn answered(organization: Option<wire::Organization>) -> Result<Response, Problem> {
    let found = organization.ok_or_else(|| Problem::broken_answer("organization"))?;
    let organization = Organization {
        created_at: Moment::required("organization.created_at", found.created_at.as_ref())?,
        parent_tenant_key: (!found.parent_tenant_key.is_empty()).then_some(found.parent_tenant_key),
        tenant_key: found.tenant_key,
        name: found.name,
        version: found.version,
    };
    Ok(etag::tagged(
        StatusCode::OK,
        organization.version,
        organization,
    ))
}
