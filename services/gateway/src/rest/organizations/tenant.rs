//! Founds a root organization.
use axum::{Json, http::StatusCode};
use wt_proto::tenant::CreateTenantRequest;

use super::NewOrganization;
use crate::rest::{access::Caller, auth::Membership, extract::Body, problem::Problem};

/// Makes a new root organization, owned by the caller.
#[utoipa::path(post, path = "/tenants", tag = "organizations", request_body = NewOrganization,
    responses((status = 201, description = "made", body = Membership)))]
pub(crate) async fn create_tenant(
    caller: Caller,
    Body(new): Body<NewOrganization>,
) -> Result<(StatusCode, Json<Membership>), Problem> {
    let organization = caller
        .people()?
        .create_tenant(CreateTenantRequest { name: new.name })
        .await?
        .into_inner()
        .organization
        .ok_or_else(|| Problem::broken_answer("create_tenant.organization"))?;
    Ok((StatusCode::CREATED, Json(organization.try_into()?)))
}
