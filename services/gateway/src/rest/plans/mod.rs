//! What can be bought: the one plan table, for anybody.
mod list;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_plan::{Amount, Currency, Period, Plan};
use wt_proto::tenant as wire;

use super::problem::Problem;
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
    /// What it costs, the shortest period first; empty where nobody said, and of the free plan.
    #[schema(max_items = 2)]
    prices: Vec<PlanPrice>,
}

/// What a plan costs for a period, as the operator says it. What is charged is shown by the payment
/// provider before anything is bought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanPrice {
    /// `monthly` or `yearly`.
    period: &'static str,
    /// A decimal number above zero, such as `49` or `49.90`.
    #[schema(pattern = r"^[0-9]{1,9}(\.[0-9]{2,3})?$")]
    amount: String,
    /// ISO 4217, such as `EUR`.
    #[schema(pattern = "^[A-Z]{3}$")]
    currency: String,
}

impl PlanPrice {
    fn read(price: &wire::Price) -> Result<Self, Problem> {
        let broken = || Problem::broken_answer("price");
        let period: Period = price.period.parse().map_err(|_unknown| broken())?;
        let amount: Amount = price.amount.parse().map_err(|_bad| broken())?;
        let currency: Currency = price.currency.parse().map_err(|_bad| broken())?;
        Ok(Self {
            period: period.as_str(),
            amount: amount.to_string(),
            currency: currency.to_string(),
        })
    }
}

/// Every plan, the smallest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanTable {
    /// The plans.
    items: Vec<PlanOffer>,
}

impl PlanOffer {
    /// What a plan includes, with those of all prices that are its own.
    pub(crate) fn of(plan: Plan, prices: &[wire::Price]) -> Result<Self, Problem> {
        let included = plan.included();
        let own = prices.iter().filter(|price| price.plan == plan.as_str());
        Ok(Self {
            plan: plan.as_str(),
            verified_assets: included.verified_assets,
            scan_interval_seconds: included.scan_interval.whole_seconds(),
            policies: included.policies.iter().map(|word| word.as_str()).collect(),
            private_pools: included.private_pools,
            retention_days: included.retention_days,
            seats: included.seats,
            prices: own.map(PlanPrice::read).collect::<Result<_, _>>()?,
        })
    }
}
