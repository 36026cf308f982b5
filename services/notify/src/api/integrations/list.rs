//! The organization's integrations, oldest first; never with an address or a secret.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::notify;

use super::{Api, wire};
use crate::{error::NotifyFault, store};

pub(in crate::api) async fn list_integrations(
    api: &Api,
    principal: &Principal,
) -> Result<notify::ListIntegrationsResponse, NotifyFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "list_integrations").await?;
    let rows = store::integration::list(&mut tx).await?;
    tx.commit().await?;
    Ok(notify::ListIntegrationsResponse {
        integrations: rows.into_iter().map(wire).collect(),
    })
}
