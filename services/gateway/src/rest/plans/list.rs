//! Lists the plans.
use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use wt_plan::Plan;
use wt_proto::tenant::ListPricesRequest;

use super::{PlanOffer, PlanTable};
use crate::{
    Edge,
    rest::{access::Passerby, problem::Problem},
};

/// Five minutes: prices change with a restart of the tenant service, and many read them.
const CACHE: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// What each plan includes, and what it costs where the operator says so.
#[utoipa::path(get, path = "/plans", tag = "billing",
    responses((status = 200, description = "the plans, the smallest first", body = PlanTable)),
    security(()))]
pub(crate) async fn list_plans(
    State(edge): State<Edge>,
    _passerby: Passerby,
) -> Result<([(HeaderName, &'static str); 1], Json<PlanTable>), Problem> {
    let mut billing = edge.clients().nobody_paying()?;
    let answer = billing.list_prices(ListPricesRequest {}).await?;
    let prices = answer.into_inner().prices;
    let items = Plan::ALL
        .into_iter()
        .map(|plan| PlanOffer::of(plan, &prices))
        .collect::<Result<_, _>>()?;
    Ok(([CACHE], Json(PlanTable { items })))
}
