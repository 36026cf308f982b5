//! Removes an integration with everything that was sent to it.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{error::NotifyFault, store};

pub(in crate::api) async fn delete_integration(
    api: &Api,
    principal: &Principal,
    request: notify::DeleteIntegrationRequest,
) -> Result<notify::DeleteIntegrationResponse, NotifyFault> {
    may(principal, Permission::NotificationsManage)?;
    let mut tx = api.pool.begin(principal, "delete_integration").await?;
    if !store::integration::delete(&mut tx, &request.id).await? {
        return Err(NotifyFault::IntegrationUnknown);
    }
    wt_audit::record(&mut tx, "integration.delete", &request.id, None, None).await?;
    tx.commit().await?;
    Ok(notify::DeleteIntegrationResponse {})
}
