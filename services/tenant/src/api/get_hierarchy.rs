//! The tree below one of the organizations the caller reaches.

use wt_auth::may;
use wt_model::{Permission, Principal, TenantKey};
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, store};

pub(super) async fn get_hierarchy(
    api: &Api,
    principal: &Principal,
    request: tenant::GetHierarchyRequest,
) -> Result<tenant::GetHierarchyResponse, TenantFault> {
    let granted = may(principal, Permission::OrganizationRead)?;
    let root: TenantKey = request
        .tenant_key
        .parse()
        .map_err(|error| TenantFault::field("tenant_key", error))?;
    let mut tx = api.pool.begin_platform("get_hierarchy").await?;
    // Roles reach down: the asked-for root must be the caller's organization or below it.
    let own = store::organization::subtree(&mut tx, granted.tenant_key()).await?;
    if !own.iter().any(|node| node.tenant_key == root.to_string()) {
        return Err(TenantFault::OrganizationUnknown);
    }
    let nodes = store::organization::subtree(&mut tx, root).await?;
    let teams = store::organization::teams_below(&mut tx, root).await?;
    tx.commit().await?;
    let mut nodes: Vec<tenant::HierarchyNode> = nodes.into_iter().map(Into::into).collect();
    for team in teams {
        if let Some(node) = nodes
            .iter_mut()
            .find(|node| node.tenant_key == team.tenant_key)
        {
            node.teams.push(team.into());
        }
    }
    Ok(tenant::GetHierarchyResponse { nodes })
}
