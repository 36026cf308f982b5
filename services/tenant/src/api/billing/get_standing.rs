//! How the tenant of the caller's organization stands, for whoever admits something.

use wt_auth::tenant_of;
use wt_model::Principal;
use wt_proto::tenant;

use super::{payer, wire};
use crate::{api::Api, error::TenantFault, store};

pub(super) async fn get_standing(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::GetStandingResponse, TenantFault> {
    let tenant_key = tenant_of(principal)?;
    let (root, subscription) = payer(api, tenant_key).await?;
    let mut tx = api.pool.begin_platform("organizations_above").await?;
    let above = store::subscription::above(&mut tx, tenant_key).await?;
    tx.commit().await?;
    Ok(tenant::GetStandingResponse {
        standing: Some(wire(api.billing.standing(subscription))),
        root_tenant_key: root.to_string(),
        above,
    })
}
