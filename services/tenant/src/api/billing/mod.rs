//! `watchtower.tenant.v1.BillingService`: one file an operation.

mod begin_checkout;
mod get_billing;
mod get_standing;
mod hear_stripe;
mod list_prices;
mod open_portal;

use std::sync::Arc;

use wt_auth::may;
use wt_model::{Permission, Principal, TenantKey};
use wt_plan::{Standing, Subscription};
use wt_proto::{
    convert::to_timestamp,
    tenant::{self, billing_service_server::BillingService},
};
use wt_rpc::{Request, Response, Status, close, open, open_anonymous};

use super::{Api, sign_in::in_person};
use crate::{billing_fault::BillingFault, error::TenantFault, store};

/// The door of [`BillingService`]; the operations share [`Api`].
pub(crate) struct BillingApi(pub(crate) Arc<Api>);

#[tonic::async_trait]
impl BillingService for BillingApi {
    async fn get_standing(
        &self,
        request: Request<tenant::GetStandingRequest>,
    ) -> Result<Response<tenant::GetStandingResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_standing::get_standing(&self.0, &principal).await)
    }

    async fn list_prices(
        &self,
        request: Request<tenant::ListPricesRequest>,
    ) -> Result<Response<tenant::ListPricesResponse>, Status> {
        open_anonymous(request)?;
        close(Ok::<_, TenantFault>(list_prices::list_prices(&self.0)))
    }

    async fn get_billing(
        &self,
        request: Request<tenant::GetBillingRequest>,
    ) -> Result<Response<tenant::GetBillingResponse>, Status> {
        let (principal, _) = open(request)?;
        close(get_billing::get_billing(&self.0, &principal).await)
    }

    async fn begin_checkout(
        &self,
        request: Request<tenant::BeginCheckoutRequest>,
    ) -> Result<Response<tenant::BeginCheckoutResponse>, Status> {
        let (principal, message) = open(request)?;
        close(begin_checkout::begin_checkout(&self.0, &principal, message).await)
    }

    async fn open_portal(
        &self,
        request: Request<tenant::OpenPortalRequest>,
    ) -> Result<Response<tenant::OpenPortalResponse>, Status> {
        let (principal, _) = open(request)?;
        close(open_portal::open_portal(&self.0, &principal).await)
    }

    async fn hear_stripe(
        &self,
        request: Request<tenant::HearStripeRequest>,
    ) -> Result<Response<tenant::HearStripeResponse>, Status> {
        let (_, message) = open_anonymous(request)?;
        close(hear_stripe::hear_stripe(&self.0, message).await)
    }
}

/// Who pays for an organization, and what they bought.
async fn payer(api: &Api, key: TenantKey) -> Result<(TenantKey, Subscription), TenantFault> {
    let mut tx = api.pool.begin_platform("standing_of").await?;
    let (root, subscription) = store::subscription::of_payer(tx.conn(), key)
        .await?
        .ok_or(TenantFault::OrganizationUnknown)?;
    tx.commit().await?;
    let root = root.parse().map_err(|_| TenantFault::Inconsistent {
        place: "tenant.organizations.tenant_key".to_owned(),
    })?;
    Ok((root, subscription))
}

/// A person who may change what their own organization pays for: in their own name, at the root.
async fn paying(
    api: &Api,
    principal: &Principal,
) -> Result<(TenantKey, Subscription), TenantFault> {
    let granted = may(principal, Permission::BillingManage)?;
    in_person(principal)?;
    api.billing.provider()?;
    let (root, subscription) = payer(api, granted.tenant_key()).await?;
    if root == granted.tenant_key() {
        Ok((root, subscription))
    } else {
        Err(BillingFault::NotTheRoot.into())
    }
}

fn wire(standing: Standing) -> tenant::Standing {
    tenant::Standing {
        plan: standing.plan.to_string(),
        state: standing.state.as_str().to_owned(),
        may_scan: standing.may_scan,
        until: standing.until.map(to_timestamp),
    }
}
