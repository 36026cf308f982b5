//! Lists what was sent to an integration.
use axum::Json;
use wt_model::IntegrationId;
use wt_proto::notify::ListIntegrationDeliveriesRequest;

use super::IntegrationDeliveryPage;
use crate::rest::{
    access::{May, OrganizationRead},
    extract::{Params, Segment},
    page::PageQuery,
    problem::Problem,
};

/// Messages that were or will be sent to an integration, newest first; kept for 30 days.
#[utoipa::path(get, path = "/integrations/{id}/deliveries", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`"), PageQuery),
    responses((status = 200, description = "a page of messages", body = IntegrationDeliveryPage)),
    extensions(("x-permission" = json!("organization:read"))))]
pub(crate) async fn list_integration_deliveries(
    caller: May<OrganizationRead>,
    Segment(id): Segment<IntegrationId>,
    Params(page): Params<PageQuery>,
) -> Result<Json<IntegrationDeliveryPage>, Problem> {
    let answer = caller
        .notify()?
        .list_integration_deliveries(ListIntegrationDeliveriesRequest {
            integration_id: id.to_string(),
            page: Some(page.into()),
        })
        .await?
        .into_inner();
    IntegrationDeliveryPage::from_wire(answer.deliveries, answer.next_cursor).map(Json)
}
