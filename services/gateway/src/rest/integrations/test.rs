//! Sends a test.
use axum::{Json, http::StatusCode};
use wt_model::IntegrationId;
use wt_proto::notify::TestIntegrationRequest;

use super::IntegrationDelivery;
use crate::rest::{
    access::{May, NotificationsManage},
    extract::Segment,
    problem::Problem,
};

/// Sends a message that says nothing but that it is a test, once; to one that is off too. A tracker is
/// asked whether issues could be made, and makes none.
#[utoipa::path(post, path = "/integrations/{id}/test", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`")),
    responses((status = 202, description = "the message, which is being sent", body = IntegrationDelivery)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn test_integration(
    caller: May<NotificationsManage>,
    Segment(id): Segment<IntegrationId>,
) -> Result<(StatusCode, Json<IntegrationDelivery>), Problem> {
    let delivery = caller
        .notify()?
        .test_integration(TestIntegrationRequest { id: id.to_string() })
        .await?
        .into_inner()
        .delivery
        .ok_or_else(|| Problem::broken_answer("test_integration.delivery"))?;
    Ok((StatusCode::ACCEPTED, Json(delivery.try_into()?)))
}
