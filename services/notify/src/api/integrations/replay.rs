//! Sends one message again. It keeps its id and its body, so a receiver that has it can tell.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{error::NotifyFault, store};

pub(in crate::api) async fn replay_integration_delivery(
    api: &Api,
    principal: &Principal,
    request: notify::ReplayIntegrationDeliveryRequest,
) -> Result<notify::ReplayIntegrationDeliveryResponse, NotifyFault> {
    may(principal, Permission::NotificationsManage)?;
    let (integration, id) = (&request.integration_id, &request.delivery_id);
    let mut tx = api.pool.begin(principal, "replay_delivery").await?;
    let row = store::integration::lock(&mut tx, integration)
        .await?
        .ok_or(NotifyFault::IntegrationUnknown)?;
    let delivery = store::integration_delivery::replay(&mut tx, integration, id)
        .await?
        .ok_or(NotifyFault::DeliveryUnknown)?;
    if !row.enabled {
        return Err(NotifyFault::IntegrationOff);
    }
    let after = serde_json::json!({ "delivery": id, "message": delivery.message_id });
    let action = "integration.replay";
    wt_audit::record(&mut tx, action, integration, None, Some(&after)).await?;
    tx.commit().await?;
    api.dispatch.notify_one();
    Ok(notify::ReplayIntegrationDeliveryResponse {
        delivery: Some(delivery.into()),
    })
}
