//! Lists the plans.
use axum::Json;
use wt_plan::Plan;

use super::PlanTable;

/// What each plan includes.
#[utoipa::path(get, path = "/plans", tag = "billing",
    responses((status = 200, description = "the plans, the smallest first", body = PlanTable)),
    security(()))]
pub(crate) async fn list_plans() -> Json<PlanTable> {
    Json(PlanTable {
        items: Plan::ALL.into_iter().map(Into::into).collect(),
    })
}
