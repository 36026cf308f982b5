//! What organizations pay for: how one stands, its seats, and what the payment provider last said.
//!
//! Nothing here takes reading or exporting away. A webhook is a reason to ask the provider, never
//! the answer: whatever the order and however often, what was asked last stands (promises P10).

use serde_json::{Value, json};
use time::OffsetDateTime;
use url::Url;
use wt_config::ConfigFault;
use wt_model::{Principal, TenantKey};
use wt_pg::{Pool, TenantTx};
use wt_plan::{
    Period, Plan, PriceList, ProviderStatus, Reported, Standing, Subscription, Usage, admit_seat,
    counting,
};

use crate::{
    billing_fault::BillingFault, config::BillingArgs, error::TenantFault, store, stripe::Stripe,
};

/// What everybody has, and who sells more.
#[derive(Debug)]
pub(crate) struct Billing {
    /// The plan of who pays nothing.
    default_plan: Plan,
    /// What is shown, never what is charged.
    prices: PriceList,
    stripe: Option<Stripe>,
}

/// An event that brought news, to be noted with its effect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cause<'a> {
    /// The provider's id.
    pub(crate) event: &'a str,
    /// What it was about.
    pub(crate) kind: &'a str,
}

impl Billing {
    /// As configured.
    pub(crate) fn new(config: &BillingArgs, public_url: Option<&Url>) -> Result<Self, ConfigFault> {
        let stripe = Stripe::new(config, public_url)?;
        tracing::info!(plan = %config.default_plan, sells = stripe.is_some(), "who pays nothing has this plan");
        let prices = config.price_list();
        if let Some(stripe) = &stripe {
            warn_of_unsaid(stripe, &prices);
        }
        Ok(Self {
            default_plan: config.default_plan,
            prices,
            stripe,
        })
    }

    /// What plans cost, as shown.
    pub(crate) fn prices(&self) -> &PriceList {
        &self.prices
    }

    /// The payment provider, if plans are sold here.
    pub(crate) fn provider(&self) -> Result<&Stripe, BillingFault> {
        self.stripe.as_ref().ok_or(BillingFault::NotConfigured)
    }

    /// Whether plans are sold here.
    pub(crate) fn sells(&self) -> bool {
        self.stripe.is_some()
    }

    /// What a subscription amounts to now.
    pub(crate) fn standing(&self, subscription: Subscription) -> Standing {
        subscription.standing(self.default_plan, OffsetDateTime::now_utc())
    }

    /// Lets one more person into the tree of the transaction's organization, or says that the plan
    /// is full. Who has a seat in it already needs no other. The tree's seats are held until the
    /// transaction ends: ask it before anything else that waits.
    pub(crate) async fn take_seat(
        &self,
        tx: &mut TenantTx,
        email: &str,
    ) -> Result<(), TenantFault> {
        let (seats, has_one) = store::subscription::hold_seats(tx, email).await?;
        if has_one {
            return Ok(());
        }
        let key = tx.tenant_key();
        let (_, subscription) = store::subscription::of_payer(tx.conn(), key)
            .await?
            .ok_or(TenantFault::OrganizationUnknown)?;
        let usage = Usage {
            seats,
            ..Usage::default()
        };
        admit_seat(&self.standing(subscription), usage).map_err(BillingFault::from)?;
        Ok(())
    }

    /// Asks the provider how a customer stands and keeps the answer. False if `cause` was taken
    /// before.
    pub(crate) async fn ask(
        &self,
        pool: &Pool,
        root: TenantKey,
        customer: &str,
        cause: Option<Cause<'_>>,
    ) -> Result<bool, TenantFault> {
        let stripe = self.provider()?;
        let ourselves = Principal::service(crate::NAME, root);
        // The moment is taken before the provider is asked: what it answers is no older. Its answer
        // is waited for outside of any transaction.
        let mut tx = pool.begin(&ourselves, "before_asking").await?;
        let event = cause.map_or("", |cause| cause.event);
        let (seen, as_of) = store::subscription::seen_event(&mut tx, event).await?;
        tx.commit().await?;
        if seen {
            return Ok(false);
        }
        let counts = counting(stripe.subscriptions(customer).await?);

        let mut tx = pool.begin(&ourselves, "hear_provider").await?;
        let before = store::subscription::lock(&mut tx)
            .await?
            .map_or(Subscription::FREE, |row| row.subscription);
        if let Some(Cause { event, kind }) = cause
            && !store::subscription::note_event(&mut tx, event, kind).await?
        {
            return Ok(false);
        }
        let (id, reported) = match counts {
            Some(listed) => (Some(listed.id), report(listed.plan, listed.status, as_of)),
            // Whoever went to the checkout and turned back is a customer of nothing.
            None => (None, report(Plan::Free, ProviderStatus::Over, as_of)),
        };
        keep(&mut tx, before, id.as_deref(), reported).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// A plan that can be bought and whose price nobody reads beforehand is allowed, and rarely meant.
fn warn_of_unsaid(stripe: &Stripe, prices: &PriceList) {
    for plan in Plan::ALL {
        for period in Period::ALL {
            let said = prices.of(plan).and_then(|prices| prices.of(period));
            if stripe.price(plan, period).is_some() && said.is_none() {
                let period = period.as_str();
                tracing::warn!(%plan, period, "sold without a price that is shown");
            }
        }
    }
}

const fn report(plan: Plan, status: ProviderStatus, as_of: OffsetDateTime) -> Reported {
    Reported {
        plan,
        status,
        as_of,
    }
}

/// Keeps a report unless a newer one is there, and records what it changed.
async fn keep(
    tx: &mut TenantTx,
    before: Subscription,
    id: Option<&str>,
    reported: Reported,
) -> Result<(), TenantFault> {
    let after = before.hear(reported);
    if after.reported != Some(reported) {
        return Ok(());
    }
    store::subscription::update(tx, id, reported, after.failing_since).await?;
    let said = |subscription: Subscription| {
        let reported = subscription.reported?;
        Some((reported.plan, reported.status))
    };
    if said(before) != said(after) {
        let picture = |subscription: Subscription| -> Option<Value> {
            let (plan, status) = said(subscription)?;
            Some(json!({ "plan": plan, "status": status.as_str() }))
        };
        let (object, old, new) = (tx.tenant_key().to_string(), picture(before), picture(after));
        let action = "subscription.change";
        wt_audit::record(tx, action, &object, old.as_ref(), new.as_ref()).await?;
    }
    Ok(())
}
