//! Lists integrations.
use axum::Json;
use wt_proto::notify::ListIntegrationsRequest;

use super::IntegrationPage;
use crate::rest::{
    access::{May, OrganizationRead},
    problem::Problem,
};

/// The organization's webhooks, chats and trackers, oldest first.
#[utoipa::path(get, path = "/integrations", tag = "notifications",
    responses((status = 200, description = "the integrations", body = IntegrationPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_integrations(
    caller: May<OrganizationRead>,
) -> Result<Json<IntegrationPage>, Problem> {
    let answer = caller
        .notify()?
        .list_integrations(ListIntegrationsRequest {})
        .await?
        .into_inner();
    IntegrationPage::from_wire(answer.integrations, String::new()).map(Json)
}
