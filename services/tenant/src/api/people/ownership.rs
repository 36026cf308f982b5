//! Handing an organization over.

use serde_json::json;
use wt_model::{Permission, Principal, Role};
use wt_proto::tenant;

use super::scope;
use crate::{api::Api, error::TenantFault, people_fault::PeopleFault, store};

pub(super) async fn transfer_ownership(
    api: &Api,
    principal: &Principal,
    request: tenant::TransferOwnershipRequest,
) -> Result<tenant::TransferOwnershipResponse, TenantFault> {
    let write = Permission::OrganizationWrite;
    let there = scope::below(api, principal, write, &request.tenant_key).await?;
    scope::person(principal)?;
    if !principal.roles.contains(&Role::Owner) {
        return Err(PeopleFault::OwnersOnly.into());
    }
    if request.user_id == principal.sub {
        return Err(TenantFault::field("user_id", "expected somebody else"));
    }
    let mut tx = api.pool.begin(&there, "transfer_ownership").await?;
    store::organization::lock(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    let heir = store::member::find(&mut tx, &request.user_id)
        .await?
        .filter(|member| member.suspended_at.is_none())
        .ok_or(PeopleFault::MemberUnknown)?;
    store::member::update(&mut tx, &heir.user_id, Role::Owner, false).await?;
    // An owner of an organization above has no membership here to step down from.
    let own = store::member::find(&mut tx, &principal.sub).await?;
    if own.is_some_and(|member| member.role == Role::Owner.as_str()) {
        store::member::update(&mut tx, &principal.sub, Role::Admin, false).await?;
    }
    let (before, after) = (
        json!({ "owner": principal.sub, "role_of_heir": heir.role }),
        json!({ "owner": heir.user_id }),
    );
    let (action, object) = ("organization.transfer", &request.tenant_key);
    wt_audit::record(&mut tx, action, object, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::TransferOwnershipResponse {})
}
