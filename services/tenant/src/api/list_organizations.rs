//! Every organization the caller reaches.

use wt_model::Principal;
use wt_proto::tenant;

use super::Api;
use crate::{error::TenantFault, store};

pub(super) async fn list_organizations(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::ListOrganizationsResponse, TenantFault> {
    let mut tx = api.pool.begin_platform("list_organizations").await?;
    let mut access = store::organization::access_of(&mut tx, &principal.sub).await?;
    tx.commit().await?;
    if principal.act.is_some() {
        // Whoever looks with a person's eyes was asked about one organization.
        access.retain(|row| {
            principal.tenant_key.map(|key| key.to_string()).as_ref() == Some(&row.tenant_key)
        });
    }
    Ok(tenant::ListOrganizationsResponse {
        organizations: access.iter().map(Into::into).collect(),
    })
}
