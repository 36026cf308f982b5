//! Removes an integration.
use axum::http::StatusCode;
use wt_model::IntegrationId;
use wt_proto::notify::DeleteIntegrationRequest;

use crate::rest::{
    access::{May, NotificationsManage},
    extract::Segment,
    problem::Problem,
};

/// Removes an integration with the record of what was sent to it.
#[utoipa::path(delete, path = "/integrations/{id}", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`")),
    responses((status = 204, description = "removed")),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn delete_integration(
    caller: May<NotificationsManage>,
    Segment(id): Segment<IntegrationId>,
) -> Result<StatusCode, Problem> {
    caller
        .notify()?
        .delete_integration(DeleteIntegrationRequest { id: id.to_string() })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
