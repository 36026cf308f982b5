//! Lists the caller's organizations.
use axum::Json;
use wt_proto::tenant::ListOrganizationsRequest;

use super::OrganizationPage;
use crate::rest::{access::Caller, problem::Problem};

/// Organizations the caller belongs to.
#[utoipa::path(get, path = "/organizations", tag = "organizations",
    responses((status = 200, description = "the organizations", body = OrganizationPage)))]
pub(crate) async fn list_organizations(caller: Caller) -> Result<Json<OrganizationPage>, Problem> {
    let answer = caller
        .tenant()?
        .list_organizations(ListOrganizationsRequest {})
        .await?
        .into_inner();
    OrganizationPage::from_wire(answer.organizations, String::new()).map(Json)
}
