//! Sends a message again.
use axum::{Json, http::StatusCode};
use wt_model::{DeliveryId, IntegrationId};
use wt_proto::notify::ReplayIntegrationDeliveryRequest;

use super::IntegrationDelivery;
use crate::rest::{
    access::{May, NotificationsManage},
    extract::Segments,
    problem::Problem,
};

/// Sends a message again, with the id and the body it had; one that is pending stays as it is.
#[utoipa::path(post, path = "/integrations/{id}/deliveries/{delivery_id}/replay", tag = "notifications",
    params(("id" = String, Path, description = "`int_…`"), ("delivery_id" = String, Path, description = "`dlv_…`")),
    responses((status = 202, description = "the message, which is being sent", body = IntegrationDelivery)),
    extensions(("x-permission" = json!("notifications:manage"))))]
pub(crate) async fn replay_integration_delivery(
    caller: May<NotificationsManage>,
    Segments(id, delivery): Segments<IntegrationId, DeliveryId>,
) -> Result<(StatusCode, Json<IntegrationDelivery>), Problem> {
    let delivery = caller
        .notify()?
        .replay_integration_delivery(ReplayIntegrationDeliveryRequest {
            integration_id: id.to_string(),
            delivery_id: delivery.to_string(),
        })
        .await?
        .into_inner()
        .delivery
        .ok_or_else(|| Problem::broken_answer("replay_integration_delivery.delivery"))?;
    Ok((StatusCode::ACCEPTED, Json(delivery.try_into()?)))
}
