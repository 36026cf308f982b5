//! Letting an impersonation do more, and ending it.

use serde_json::json;
use wt_model::{Principal, PrincipalKind, Role, TenantKey};
use wt_proto::{event, tenant};

use super::{Api, one, shown, staff};
use crate::{
    error::TenantFault,
    impersonation_fault::ImpersonationFault,
    store::{self, impersonation::ImpersonationRow},
};

pub(super) async fn elevate_impersonation(
    api: &Api,
    principal: &Principal,
    request: tenant::ElevateImpersonationRequest,
) -> Result<tenant::ElevateImpersonationResponse, TenantFault> {
    staff(api, principal).await?;
    let row = one(api, &request.impersonation_id).await?;
    if row.actor == principal.sub {
        return Err(ImpersonationFault::SecondPerson.into());
    }
    if row.elevated_by.is_some() {
        return Err(ImpersonationFault::Elevated.into());
    }
    let second = at(principal, &row)?;
    let mut tx = api.pool.begin(&second, "elevate_impersonation").await?;
    if !store::impersonation::elevate(tx.conn(), &row.id, &principal.sub).await? {
        return Err(ImpersonationFault::Over.into());
    }
    let (before, after) = (
        json!({ "may": "read" }),
        json!({ "may": "write", "actor": row.actor, "person": row.user_id }),
    );
    let action = "impersonation.elevate";
    wt_audit::record(&mut tx, action, &row.id, Some(&before), Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::ElevateImpersonationResponse {
        impersonation: Some(shown(one(api, &row.id).await?)),
    })
}

pub(super) async fn end_impersonation(
    api: &Api,
    principal: &Principal,
    request: tenant::EndImpersonationRequest,
) -> Result<tenant::EndImpersonationResponse, TenantFault> {
    let row = one(api, &request.impersonation_id).await?;
    if !may_end(api, principal, &row).await? {
        return Err(ImpersonationFault::Unknown.into());
    }
    let who = at(principal, &row)?;
    let by = who.act.as_ref().map(|actor| actor.sub.to_string());
    let by = by.unwrap_or_else(|| who.sub.clone());
    let mut tx = api.pool.begin(&who, "end_impersonation").await?;
    if !store::impersonation::end(tx.conn(), &row.id, &by).await? {
        return Err(ImpersonationFault::Over.into());
    }
    let ended = event::SessionEnded {
        session_id: row.session_id.clone(),
        user_id: row.user_id.clone(),
        reason: "impersonation ended".to_owned(),
    };
    wt_outbox::enqueue(&mut tx, &ended).await?;
    let before = json!({ "actor": row.actor, "person": row.user_id });
    wt_audit::record(&mut tx, "impersonation.end", &row.id, Some(&before), None).await?;
    tx.commit().await?;
    Ok(tenant::EndImpersonationResponse {
        session_id: row.session_id,
    })
}

/// Whoever looks, from inside; anybody of the staff; an owner of the organization or above it, in
/// their own name.
async fn may_end(
    api: &Api,
    principal: &Principal,
    row: &ImpersonationRow,
) -> Result<bool, TenantFault> {
    if principal.act.is_some() {
        let sid = principal.sid.map(|sid| sid.to_string());
        return Ok(sid.as_ref() == Some(&row.session_id));
    }
    if principal.kind != PrincipalKind::User {
        return Ok(false);
    }
    if staff(api, principal).await.is_ok() {
        return Ok(true);
    }
    let Some(own) = principal.tenant_key else {
        return Ok(false);
    };
    if !principal.roles.contains(&Role::Owner) {
        return Ok(false);
    }
    let mut tx = api.pool.begin_platform("find_below").await?;
    let below = store::organization::subtree(&mut tx, own).await?;
    tx.commit().await?;
    Ok(below.iter().any(|node| node.tenant_key == row.tenant_key))
}

/// The caller in the organization of the impersonation: its audit tells of them.
fn at(principal: &Principal, row: &ImpersonationRow) -> Result<Principal, TenantFault> {
    let tenant_key: TenantKey = row
        .tenant_key
        .parse()
        .map_err(|_| TenantFault::Inconsistent {
            place: format!("organization of {}", row.id),
        })?;
    Ok(Principal {
        tenant_key: Some(tenant_key),
        ..principal.clone()
    })
}
