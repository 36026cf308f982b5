//! What can be bought: the one plan table, for anybody.
mod list;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_plan::Plan;

use crate::Edge;

/// Routes of `/plans`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(list::list_plans))
}

/// A plan and what it includes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanOffer {
    /// `free`, `team`, `business` or `enterprise`.
    plan: &'static str,
    /// Assets with a live proof of ownership, over the whole tenant; null for no limit.
    #[schema(required = true)]
    verified_assets: Option<u32>,
    /// Least seconds between two scans of one asset, zero for no limit; verifying a fix is not
    /// counted.
    scan_interval_seconds: i64,
    /// How intrusive a run may be.
    policies: Vec<&'static str>,
    /// Scanner pools of the organization's own; null for no limit.
    #[schema(required = true)]
    private_pools: Option<u32>,
    /// Days that history and evidence are kept.
    retention_days: u32,
    /// People, over the whole tenant; null for no limit.
    #[schema(required = true)]
    seats: Option<u32>,
}

/// Every plan, the smallest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanTable {
    /// The plans.
    items: Vec<PlanOffer>,
}

impl From<Plan> for PlanOffer {
    fn from(plan: Plan) -> Self {
        let included = plan.included();
        Self {
            plan: plan.as_str(),
            verified_assets: included.verified_assets,
            scan_interval_seconds: included.scan_interval.whole_seconds(),
            policies: included.policies.iter().map(|word| word.as_str()).collect(),
            private_pools: included.private_pools,
            retention_days: included.retention_days,
            seats: included.seats,
        }
    }
}
