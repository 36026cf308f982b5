//! How the tenant stands, and what it uses of its plan.
use axum::Json;
use wt_proto::{
    asset::CountVerifiedRequest, results::GetRetentionRequest, tenant::GetBillingRequest,
};

use super::Billing;
use crate::rest::{
    access::{BillingManage, May},
    problem::Problem,
};

/// Plan, standing, usage against what is included, and what can be done next.
#[utoipa::path(get, path = "/billing", tag = "billing",
    responses((status = 200, description = "how the tenant stands", body = Billing)),
    extensions(("x-permission" = json!("billing:manage"))))]
pub(crate) async fn get_billing(caller: May<BillingManage>) -> Result<Json<Billing>, Problem> {
    let (mut billing, mut assets) = (caller.billing()?, caller.assets()?);
    let mut results = caller.results()?;
    let (billing, assets, history) = futures::try_join!(
        billing.get_billing(GetBillingRequest {}),
        assets.count_verified(CountVerifiedRequest {}),
        results.get_retention(GetRetentionRequest {}),
    )?;
    let verified = assets.into_inner().verified;
    Billing::read(billing.into_inner(), verified, &history.into_inner()).map(Json)
}
