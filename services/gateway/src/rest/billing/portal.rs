//! Leads to the page with invoices, means of payment and the subscription.
use axum::Json;
use wt_proto::tenant::OpenPortalRequest;

use super::ProviderPage;
use crate::rest::{
    access::{BillingManage, May},
    problem::Problem,
};

/// A page of the payment provider with invoices, means of payment and the subscription, which can
/// be changed and ended there.
#[utoipa::path(post, path = "/billing/portal", tag = "billing",
    responses(
        (status = 200, description = "where it is", body = ProviderPage),
        (status = 409, description = "nothing was bought, or not here",
            body = crate::rest::problem::ProblemDocument, content_type = "application/problem+json"),
    ),
    extensions(("x-permission" = json!("billing:manage"))))]
pub(crate) async fn open_portal(caller: May<BillingManage>) -> Result<Json<ProviderPage>, Problem> {
    let answer = caller.billing()?.open_portal(OpenPortalRequest {}).await?;
    let url = answer.into_inner().url;
    Ok(Json(ProviderPage { url }))
}
