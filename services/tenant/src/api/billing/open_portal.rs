//! Leads to the provider's page with invoices, means of payment and the subscription.

use wt_model::Principal;
use wt_proto::tenant;

use super::paying;
use crate::{api::Api, billing_fault::BillingFault, error::TenantFault, store};

pub(super) async fn open_portal(
    api: &Api,
    principal: &Principal,
) -> Result<tenant::OpenPortalResponse, TenantFault> {
    let (root, _) = paying(api, principal).await?;
    let mut tx = api.pool.begin_read(principal, "find_customer").await?;
    let row = store::subscription::find(&mut tx)
        .await?
        .ok_or(BillingFault::NoCustomer)?;
    tx.commit().await?;
    let url = api
        .billing
        .provider()?
        .portal(root, &row.customer_id)
        .await?;
    let mut tx = api.pool.begin(principal, "open_portal").await?;
    wt_audit::record(&mut tx, "billing.portal", &root.to_string(), None, None).await?;
    tx.commit().await?;
    Ok(tenant::OpenPortalResponse { url })
}
