//! Leads to the page where a plan is bought.
use axum::Json;
use wt_proto::tenant::BeginCheckoutRequest;

use super::{ProviderPage, Purchase};
use crate::rest::{
    access::{BillingManage, May},
    extract::Body,
    problem::Problem,
};

/// A page of the payment provider that sells a plan to the root organization. The plan holds as
/// soon as the provider says that it is paid.
#[utoipa::path(post, path = "/billing/checkout", tag = "billing", request_body = Purchase,
    responses((status = 200, description = "where it is bought", body = ProviderPage)),
    extensions(("x-permission" = json!("billing:manage"))))]
pub(crate) async fn begin_checkout(
    caller: May<BillingManage>,
    Body(purchase): Body<Purchase>,
) -> Result<Json<ProviderPage>, Problem> {
    let answer = caller
        .billing()?
        .begin_checkout(BeginCheckoutRequest {
            plan: purchase.plan.as_str().to_owned(),
            period: purchase.period.as_str().to_owned(),
        })
        .await?
        .into_inner();
    Ok(Json(ProviderPage { url: answer.url }))
}
