//! What the organization is told; the defaults when it never said.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::Api;
use crate::{error::NotifyFault, store};

pub(super) async fn get_settings(
    api: &Api,
    principal: &Principal,
) -> Result<notify::GetSettingsResponse, NotifyFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "get_settings").await?;
    let settings = store::settings::find(&mut tx).await?.unwrap_or_default();
    tx.commit().await?;
    Ok(notify::GetSettingsResponse {
        settings: Some((&settings).into()),
    })
}
