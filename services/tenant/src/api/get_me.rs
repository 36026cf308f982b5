//! Who the caller is and what they may do, for menus.

use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, store, wire};

pub(super) async fn get_me(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::GetMeResponse, TenantFault> {
    let mut tx = api.pool.begin_platform("get_me").await?;
    let user = store::user::find_by_id(&mut tx, &principal.sub)
        .await?
        .ok_or(TenantFault::SessionOver)?;
    let access = store::organization::access_of(&mut tx, &user.id).await?;
    tx.commit().await?;
    let current = principal
        .tenant_key
        .map(|key| key.to_string())
        .unwrap_or_default();
    let organization = access
        .iter()
        .find(|row| row.tenant_key == current)
        .map(Into::into);
    let permissions = Permission::ALL
        .iter()
        .filter(|permission| principal.holds(**permission))
        .map(ToString::to_string)
        .collect();
    Ok(tenant::GetMeResponse {
        user: Some(wire::user(&user)),
        organization,
        organizations: access.iter().map(Into::into).collect(),
        permissions,
    })
}
