//! Members of the caller's organization; also whom notify writes to.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, store};

/// Most members answered: more than any organization has seats.
const MEMBERS_MAX: i64 = 1_000;

pub(super) async fn list_members(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListMembersResponse, TenantFault> {
    may(principal, Permission::OrganizationRead)?;
    let mut tx = api.pool.begin_read(principal, "list_members").await?;
    let members = store::organization::list_members(&mut tx, MEMBERS_MAX).await?;
    tx.commit().await?;
    Ok(tenant::ListMembersResponse {
        members: members.into_iter().map(Into::into).collect(),
    })
}
