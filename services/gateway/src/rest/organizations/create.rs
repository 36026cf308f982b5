//! Makes a sub-organization.
use axum::{Json, http::StatusCode};
use wt_proto::tenant::CreateOrganizationRequest;

use super::NewOrganization;
use crate::rest::{
    access::{May, OrganizationWrite},
    auth::Membership,
    extract::Body,
    problem::Problem,
};

/// Makes a sub-organization of the caller's.
#[utoipa::path(post, path = "/organizations", tag = "organizations", request_body = NewOrganization,
    responses((status = 201, description = "made", body = Membership)),
    extensions(("x-permission" = json!("organization:write"))))]
pub(crate) async fn create_organization(
    caller: May<OrganizationWrite>,
    Body(new): Body<NewOrganization>,
) -> Result<(StatusCode, Json<Membership>), Problem> {
    let organization = caller
        .tenant()?
        .create_organization(CreateOrganizationRequest { name: new.name })
        .await?
        .into_inner()
        .organization
        .ok_or_else(|| Problem::broken_answer("create_organization.organization"))?;
    Ok((StatusCode::CREATED, Json(organization.try_into()?)))
}
