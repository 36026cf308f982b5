//! Lists the plans.
use axum::Json;
use wt_plan::Plan;

use super::Plans;

/// What each plan includes.
#[utoipa::path(get, path = "/plans", tag = "billing",
    responses((status = 200, description = "the plans, the smallest first", body = Plans)),
    security(()))]
pub(crate) async fn list_plans() -> Json<Plans> {
    Json(Plans {
        items: Plan::ALL.into_iter().map(Into::into).collect(),
    })
}
