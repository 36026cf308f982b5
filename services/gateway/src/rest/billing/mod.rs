//! What the organization's tenant pays for, what it uses of it, and the payment provider's pages.
mod checkout;
mod get;
mod portal;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use wt_plan::{Period, Plan, State};
use wt_proto::{results::GetRetentionResponse, tenant as wire};

use super::{extract::Checked, moment::Moment, plans::PlanOffer, problem::Problem};
use crate::Edge;

/// Routes of `/billing`.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new()
        .routes(routes!(get::get_billing))
        .routes(routes!(checkout::begin_checkout))
        .routes(routes!(portal::open_portal))
}

/// How the tenant stands, and what it uses of its plan.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each answers another question"
)]
pub(crate) struct Billing {
    /// `free`, `team`, `business` or `enterprise`: whose limits hold.
    plan: &'static str,
    /// `trialing`, `active`, `grace`, `past_due`, `paused` or `cancelled`.
    state: &'static str,
    /// Whether scans may begin. Reading and exporting never lock.
    may_scan: bool,
    /// When the state changes by itself, if nothing is heard; null if it does not.
    #[schema(required = true)]
    until: Option<Moment>,
    /// When the payment provider was last asked; null if never.
    #[schema(required = true)]
    as_of: Option<Moment>,
    /// The root organization, which pays for everything below it.
    payer: String,
    /// Whether the caller's organization is the one that pays.
    is_payer: bool,
    /// Whether plans are sold here at all.
    sells: bool,
    /// Whether a subscription is under way; it is changed in the portal.
    subscribed: bool,
    /// What the plan includes.
    included: PlanOffer,
    /// What is used of it, over the root organization and everything below it.
    usage: Usage,
    /// History of the caller's organization is whole from here on; null: from the beginning.
    #[schema(required = true)]
    history_kept_since: Option<Moment>,
    /// When the plan's shorter term will count, which takes history away; null for none.
    #[schema(required = true)]
    history_shortens_at: Option<Moment>,
    /// The next larger plan; null above the largest.
    #[schema(required = true)]
    next_plan: Option<PlanOffer>,
    /// What can be done now: `pay` and `portal` lead to `POST /billing/portal`, `choose_plan` to
    /// `POST /billing/checkout`, `switch_to_payer` to the root organization.
    next_steps: Vec<&'static str>,
}

/// What is used of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Usage {
    /// Assets with a live proof of ownership.
    verified_assets: u32,
    /// People and open invitations.
    seats: u32,
}

impl Billing {
    fn read(
        billing: wire::GetBillingResponse,
        verified_assets: u32,
        history: &GetRetentionResponse,
    ) -> Result<Self, Problem> {
        let standing = billing
            .standing
            .ok_or_else(|| Problem::broken_answer("standing"))?;
        let plan: Plan = standing
            .plan
            .parse()
            .map_err(|_| Problem::broken_answer("standing.plan"))?;
        let state: State = standing
            .state
            .parse()
            .map_err(|_| Problem::broken_answer("standing.state"))?;
        let next_plan = plan.next();
        let mut next_steps = Vec::new();
        if !billing.is_root {
            next_steps.push("switch_to_payer");
        } else if billing.sells {
            let owes = matches!(state, State::Grace | State::PastDue | State::Paused);
            if billing.subscribed && owes {
                next_steps.push("pay");
            }
            if !billing.subscribed && next_plan.is_some() {
                next_steps.push("choose_plan");
            }
            if billing.has_customer {
                next_steps.push("portal");
            }
        }
        Ok(Self {
            plan: plan.as_str(),
            state: state.as_str(),
            may_scan: standing.may_scan,
            until: Moment::maybe(standing.until.as_ref()),
            as_of: Moment::maybe(billing.as_of.as_ref()),
            payer: billing.root_tenant_key,
            is_payer: billing.is_root,
            sells: billing.sells,
            subscribed: billing.subscribed,
            included: PlanOffer::of(plan, &billing.prices)?,
            usage: Usage {
                verified_assets,
                seats: billing.seats_used,
            },
            history_kept_since: Moment::maybe(history.kept_since.as_ref()),
            history_shortens_at: Moment::maybe(history.next_from.as_ref()),
            next_plan: next_plan
                .map(|next| PlanOffer::of(next, &billing.prices))
                .transpose()?,
            next_steps,
        })
    }
}

/// What is to be bought.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Purchase {
    /// The plan.
    pub(crate) plan: PlanForSale,
    /// How often it is paid.
    #[serde(default)]
    pub(crate) period: PaymentPeriod,
}

impl Checked for Purchase {}

/// Plans that are sold.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PlanForSale {
    /// For a small team.
    Team,
    /// For a company.
    Business,
    /// By contract.
    Enterprise,
}

impl PlanForSale {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Team => Plan::Team.as_str(),
            Self::Business => Plan::Business.as_str(),
            Self::Enterprise => Plan::Enterprise.as_str(),
        }
    }
}

/// How often is paid.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentPeriod {
    /// By the month.
    #[default]
    Monthly,
    /// By the year.
    Yearly,
}

impl PaymentPeriod {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Monthly => Period::Monthly.as_str(),
            Self::Yearly => Period::Yearly.as_str(),
        }
    }
}

/// A page of the payment provider.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProviderPage {
    /// Where to go; it works once, for a while.
    url: String,
}
