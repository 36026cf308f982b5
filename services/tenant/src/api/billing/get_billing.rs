//! Plan, standing and seats. A sub-organization sees what its root pays for; only there it changes.

use wt_auth::may;
use wt_model::{Permission, Principal};
use wt_plan::ProviderStatus;
use wt_proto::{convert::to_timestamp, tenant};

use super::{list_prices::wire_prices, payer, wire};
use crate::{api::Api, error::TenantFault, store};

pub(super) async fn get_billing(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::GetBillingResponse, TenantFault> {
    let granted = may(principal, Permission::BillingManage)?;
    let (root, subscription) = payer(api, granted.tenant_key()).await?;
    let is_root = root == granted.tenant_key();
    let mut tx = api.pool.begin_platform("count_seats").await?;
    let seats_used = store::subscription::count_seats(&mut tx, root).await?;
    tx.commit().await?;
    let mut has_customer = false;
    if is_root {
        let mut tx = api.pool.begin_read(principal, "find_customer").await?;
        has_customer = store::subscription::find(&mut tx).await?.is_some();
        tx.commit().await?;
    }
    Ok(tenant::GetBillingResponse {
        standing: Some(wire(api.billing.standing(subscription))),
        root_tenant_key: root.to_string(),
        is_root,
        seats_used,
        sells: api.billing.sells(),
        has_customer,
        subscribed: subscription
            .reported
            .is_some_and(|reported| reported.status != ProviderStatus::Over),
        as_of: subscription
            .reported
            .map(|reported| to_timestamp(reported.as_of)),
        prices: wire_prices(api.billing.prices()),
    })
}
