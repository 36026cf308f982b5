//! Leads to the provider's page that sells a plan. What came of it is heard by webhook.

use serde_json::json;
use wt_model::{Principal, TenantKey};
use wt_plan::{Period, Plan, ProviderStatus};
use wt_proto::tenant;

use super::paying;
use crate::{api::Api, billing_fault::BillingFault, error::TenantFault, store};

pub(super) async fn begin_checkout(
    api: &Api,
    principal: &Principal,
    request: tenant::BeginCheckoutRequest,
) -> Result<tenant::BeginCheckoutResponse, TenantFault> {
    let (root, _) = paying(api, principal).await?;
    let plan: Plan = request
        .plan
        .parse()
        .map_err(|error| TenantFault::field("plan", error))?;
    let period = match request.period.as_str() {
        "" => Period::Monthly,
        word => word
            .parse()
            .map_err(|error| TenantFault::field("period", error))?,
    };
    let stripe = api.billing.provider()?;
    let price = stripe.price(plan, period).ok_or(BillingFault::NotForSale {
        period: period.as_noun(),
    })?;
    let customer = customer(api, principal, root).await?;
    let url = stripe.checkout(root, &customer, price).await?;
    let mut tx = api.pool.begin(principal, "begin_checkout").await?;
    let after = json!({ "plan": plan, "period": period.as_noun() });
    let object = root.to_string();
    wt_audit::record(&mut tx, "billing.checkout", &object, None, Some(&after)).await?;
    tx.commit().await?;
    Ok(tenant::BeginCheckoutResponse { url })
}

/// The customer of the organization, made the first time. One who subscribes already is not sold a
/// second subscription; the provider is asked, since its news may be under way.
async fn customer(
    api: &Api,
    principal: &Principal,
    root: TenantKey,
) -> Result<String, TenantFault> {
    let mut tx = api.pool.begin_read(principal, "find_customer").await?;
    let known = store::subscription::find(&mut tx).await?;
    let organization = store::organization::find(&mut tx)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    tx.commit().await?;
    if let Some(known) = known {
        api.billing
            .ask(&api.pool, root, &known.customer_id, None)
            .await?;
        return free_to_buy(api, principal).await;
    }
    let stripe = api.billing.provider()?;
    let made = stripe.create_customer(root, &organization.name).await?;
    let mut tx = api.pool.begin(principal, "keep_customer").await?;
    store::subscription::insert_customer(&mut tx, &made).await?;
    tx.commit().await?;
    // Somebody else may have been faster; the first stays.
    free_to_buy(api, principal).await
}

async fn free_to_buy(api: &Api, principal: &Principal) -> Result<String, TenantFault> {
    let mut tx = api.pool.begin_read(principal, "find_customer").await?;
    let row = store::subscription::find(&mut tx)
        .await?
        .ok_or(BillingFault::NoCustomer)?;
    tx.commit().await?;
    match row.subscription.reported {
        Some(reported) if reported.status != ProviderStatus::Over => {
            Err(BillingFault::Subscribed.into())
        }
        _ => Ok(row.customer_id),
    }
}
