//! Takes a webhook: genuine, once, in any order (promises P10). It is a reason to ask the provider;
//! the event is noted together with what the answer changed, so that one whose answer never came
//! is sent, and taken, again.

use time::OffsetDateTime;
use wt_proto::tenant;

use crate::{
    api::Api,
    billing::Cause,
    billing_fault::BillingFault,
    domain::{stripe_event, stripe_signature},
    error::TenantFault,
    store,
};

pub(super) async fn hear_stripe(
    api: &Api,
    request: tenant::HearStripeRequest,
) -> Result<tenant::HearStripeResponse, TenantFault> {
    let stripe = api.billing.provider()?;
    stripe_signature::verify(
        stripe.webhook_secret(),
        &request.signature,
        &request.body,
        OffsetDateTime::now_utc(),
    )
    .map_err(|_not_signed| BillingFault::NotSigned)?;
    let event = stripe_event::read(&request.body).ok_or(BillingFault::EventUnreadable)?;
    let unrelated = Ok(tenant::HearStripeResponse { applied: false });
    let Some(customer) = event.customer else {
        return unrelated;
    };
    let mut tx = api.pool.begin_platform("root_of_customer").await?;
    let root = store::subscription::root_of_customer(&mut tx, &customer).await?;
    tx.commit().await?;
    // The account may sell other things to others.
    let Some(root) = root else {
        return unrelated;
    };
    let root = root.parse().map_err(|_| TenantFault::Inconsistent {
        place: "tenant.subscriptions.tenant_key".to_owned(),
    })?;
    let cause = Cause {
        event: &event.id,
        kind: &event.kind,
    };
    let applied = api
        .billing
        .ask(&api.pool, root, &customer, Some(cause))
        .await?;
    tracing::info!(event.id = %event.id, event.kind = %event.kind, applied, "heard the payment provider");
    Ok(tenant::HearStripeResponse { applied })
}
