//! The payment provider, by Stripe's API: customers, pages it shows, and what is subscribed to.
//!
//! A client of our own over `reqwest`: four calls, one version of the API, bounded in time and
//! size. The provider is the operator's choice (`WT_STRIPE_URL`), not an address of a user's.
mod wire;

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode, redirect};
use serde::de::DeserializeOwned;
use url::{Url, form_urlencoded};
use wt_config::{ConfigFault, Secret};
use wt_model::TenantKey;
use wt_plan::{Listed, Period, Plan};

use crate::{
    billing_fault::{BillingFault, Said},
    config::BillingArgs,
};

/// Version of the API that answers are read by: an account's own default does not change them.
const API_VERSION: &str = "2024-06-20";
/// Longest wait for an answer; under the ten seconds a caller waits for us.
const TIMEOUT: Duration = Duration::from_secs(8);
/// Longest answer taken: a hundred subscriptions are a few hundred kilobytes.
const ANSWER_BYTES_MAX: usize = 2 << 20;

/// The provider, with our account's key.
#[derive(Debug)]
pub(crate) struct Stripe {
    client: Client,
    base: Url,
    key: Secret,
    webhook_secret: Secret,
    prices: Vec<(Plan, Vec<String>)>,
    public_url: Url,
}

impl Stripe {
    /// As configured; none where nothing is sold.
    pub(crate) fn new(
        config: &BillingArgs,
        public_url: Option<&Url>,
    ) -> Result<Option<Self>, ConfigFault> {
        let (Some(key), Some(webhook_secret), Some(public_url)) =
            (config.secret_key()?, config.webhook_secret()?, public_url)
        else {
            return Ok(None);
        };
        let client = Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(3))
            // The key must not follow a redirect.
            .redirect(redirect::Policy::none())
            .build()
            .map_err(|error| ConfigFault::new("WT_STRIPE_URL", error))?;
        let prices = [
            (Plan::Team, &config.stripe_team_prices),
            (Plan::Business, &config.stripe_business_prices),
            (Plan::Enterprise, &config.stripe_enterprise_prices),
        ];
        Ok(Some(Self {
            client,
            base: config.stripe_url.clone(),
            key,
            webhook_secret,
            prices: prices
                .into_iter()
                .map(|(plan, prices)| (plan, prices.clone()))
                .collect(),
            public_url: public_url.clone(),
        }))
    }

    /// What webhooks are signed with.
    pub(crate) fn webhook_secret(&self) -> &str {
        self.webhook_secret.expose()
    }

    /// The price a plan is sold at.
    pub(crate) fn price(&self, plan: Plan, period: Period) -> Option<&str> {
        let (_, prices) = self.prices.iter().find(|(sold, _)| *sold == plan)?;
        let place = match period {
            Period::Monthly => 0,
            Period::Yearly => 1,
        };
        prices.get(place).map(String::as_str)
    }

    fn plan_of(&self, price: &str) -> Option<Plan> {
        let (plan, _) = self
            .prices
            .iter()
            .find(|(_, prices)| prices.iter().any(|known| known == price))?;
        Some(*plan)
    }

    /// Makes the customer of a root organization; asked twice at once, it is the same one.
    pub(crate) async fn create_customer(
        &self,
        root: TenantKey,
        name: &str,
    ) -> Result<String, BillingFault> {
        let root = root.to_string();
        let form = [("name", name), ("metadata[tenant_key]", root.as_str())];
        let request = self
            .post("/v1/customers", &form)
            .header("idempotency-key", format!("customer-{root}"));
        let made: wire::Named = self.answer(request).await?;
        Ok(made.id)
    }

    /// Everything a customer ever subscribed to.
    pub(crate) async fn subscriptions(&self, customer: &str) -> Result<Vec<Listed>, BillingFault> {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("customer", customer), ("status", "all"), ("limit", "100")])
            .finish();
        let request = self.request(Method::GET, &format!("/v1/subscriptions?{query}"));
        let list: wire::List = self.answer(request).await?;
        list.data
            .into_iter()
            .map(|subscription| subscription.read(|price| self.plan_of(price)))
            .collect()
    }

    /// A page that sells a price to a customer.
    pub(crate) async fn checkout(
        &self,
        root: TenantKey,
        customer: &str,
        price: &str,
    ) -> Result<String, BillingFault> {
        let root = root.to_string();
        let (done, back) = (
            self.page(&root, "checkout=done"),
            self.page(&root, "checkout=left"),
        );
        let form = [
            ("mode", "subscription"),
            ("customer", customer),
            ("client_reference_id", root.as_str()),
            ("line_items[0][price]", price),
            ("line_items[0][quantity]", "1"),
            ("subscription_data[metadata][tenant_key]", root.as_str()),
            ("success_url", done.as_str()),
            ("cancel_url", back.as_str()),
        ];
        let request = self.post("/v1/checkout/sessions", &form);
        let page: wire::Page = self.answer(request).await?;
        Ok(page.url)
    }

    /// A page with a customer's invoices, means of payment and subscription.
    pub(crate) async fn portal(
        &self,
        root: TenantKey,
        customer: &str,
    ) -> Result<String, BillingFault> {
        let back = self.page(&root.to_string(), "portal=left");
        let form = [("customer", customer), ("return_url", back.as_str())];
        let request = self.post("/v1/billing_portal/sessions", &form);
        let page: wire::Page = self.answer(request).await?;
        Ok(page.url)
    }

    /// The billing screen, with a note of where one comes from.
    fn page(&self, root: &str, query: &str) -> Url {
        let mut page = self.public_url.clone();
        page.set_path(&format!("/o/{root}/settings/billing"));
        page.set_query(Some(query));
        page
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let base = self.base.as_str().trim_end_matches('/');
        self.client
            .request(method, format!("{base}{path}"))
            .bearer_auth(self.key.expose())
            .header("stripe-version", API_VERSION)
    }

    fn post(&self, path: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<T, BillingFault> {
        let mut response = request.send().await.map_err(away)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                return Err(BillingFault::ProviderRefused(Said(
                    "an answer is too long".to_owned(),
                )));
            }
            body.extend_from_slice(&chunk);
        }
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| {
                BillingFault::ProviderRefused(Said(format!("an answer can't be read: {error}")))
            });
        }
        let said = Said(format!("{status}: {}", wire::refusal(&body)));
        if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
            Err(BillingFault::ProviderAway(said))
        } else {
            Err(BillingFault::ProviderRefused(said))
        }
    }
}

/// The connection failed; the URL is left out, for it may hold what is not for logs.
fn away(error: reqwest::Error) -> BillingFault {
    BillingFault::ProviderAway(Said(wt_fault::chain(&error.without_url())))
}
