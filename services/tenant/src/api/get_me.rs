//! Who the caller is and what they may do, for menus.

use wt_model::{Permission, Principal};
use wt_pg::PlatformTx;
use wt_proto::{convert::to_timestamp, tenant};

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
    let mut access = store::organization::access_of(&mut tx, &user.id).await?;
    let looking = looking(&mut tx, principal).await?;
    tx.commit().await?;
    let current = principal
        .tenant_key
        .map(|key| key.to_string())
        .unwrap_or_default();
    if principal.act.is_some() {
        // Whoever looks was asked about this one.
        access.retain(|row| row.tenant_key == current);
    }
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
        looking,
    })
}

/// Who looks with this person's eyes.
async fn looking(
    tx: &mut PlatformTx,
    principal: &Principal,
) -> Result<Option<tenant::Looking>, TenantFault> {
    let Some((_, sid)) = principal.act.as_ref().zip(principal.sid) else {
        return Ok(None);
    };
    let id = store::impersonation::of_session(tx.conn(), &sid.to_string())
        .await?
        .ok_or(TenantFault::SessionOver)?;
    let row = store::impersonation::seen(tx.conn(), Some(&id), 1)
        .await?
        .pop()
        .ok_or(TenantFault::SessionOver)?;
    Ok(Some(tenant::Looking {
        impersonation_id: row.id,
        actor_id: row.actor,
        actor_name: row.actor_name,
        reason: row.reason,
        created_at: Some(to_timestamp(row.created_at)),
        expires_at: Some(to_timestamp(row.expires_at)),
        elevated: row.elevated_by.is_some(),
    }))
}
