//! Which organization an operation is about, and who asks.

use wt_auth::may;
use wt_model::{Permission, Principal, PrincipalKind, TenantKey};

use crate::{api::Api, error::TenantFault, people_fault::PeopleFault, store};

/// The principal at the named organization, which must be its own or below it: roles reach down
/// the tree, never up or sideways. What lies elsewhere does not exist.
pub(super) async fn below(
    api: &Api,
    principal: &Principal,
    permission: Permission,
    tenant_key: &str,
) -> Result<Principal, TenantFault> {
    let granted = may(principal, permission)?;
    let wanted: TenantKey = tenant_key
        .parse()
        .map_err(|error| TenantFault::field("tenant_key", error))?;
    if granted.tenant_key() != wanted {
        let mut tx = api.pool.begin_platform("find_below").await?;
        let nodes = store::organization::subtree(&mut tx, granted.tenant_key()).await?;
        tx.commit().await?;
        if !nodes.iter().any(|node| node.tenant_key == tenant_key) {
            return Err(TenantFault::OrganizationUnknown);
        }
    }
    Ok(Principal {
        tenant_key: Some(wanted),
        ..principal.clone()
    })
}

/// Refuses whoever is no person acting for themselves: organizations belong to people.
pub(super) fn person(principal: &Principal) -> Result<(), TenantFault> {
    if principal.kind == PrincipalKind::User && principal.act.is_none() {
        Ok(())
    } else {
        Err(TenantFault::field(
            "principal",
            "only people can do this, and only as themselves",
        ))
    }
}

/// Refuses an edit of something that was changed since it was read. Zero asks for no check.
pub(super) fn fresh(read: u64, stored: i64) -> Result<(), PeopleFault> {
    if read == 0 || u64::try_from(stored) == Ok(read) {
        Ok(())
    } else {
        Err(PeopleFault::Stale)
    }
}
