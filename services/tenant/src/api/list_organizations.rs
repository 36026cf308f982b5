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
    let access = store::organization::access_of(&mut tx, &principal.sub).await?;
    tx.commit().await?;
    Ok(tenant::ListOrganizationsResponse {
        organizations: access.iter().map(Into::into).collect(),
    })
}
