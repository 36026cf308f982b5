//! The provider's JSON, as far as it is read.
use serde::Deserialize;
use wt_plan::{Listed, Plan, ProviderStatus};

use crate::billing_fault::{BillingFault, Said};

/// Longest text of the provider that goes into a log line.
const SAID_CHARS_MAX: usize = 300;

#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) url: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct List {
    pub(super) data: Vec<Subscription>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    id: String,
    created: i64,
    status: String,
    items: Items,
}

#[derive(Debug, Deserialize)]
struct Items {
    data: Vec<Item>,
}

/// A line of a subscription; before there were prices, it named a plan.
#[derive(Debug, Deserialize)]
struct Item {
    price: Option<Named>,
    plan: Option<Named>,
}

impl Subscription {
    /// In our words. Several lines are one subscription to the largest plan among them.
    pub(super) fn read(
        self,
        plan_of: impl Fn(&str) -> Option<Plan>,
    ) -> Result<Listed, BillingFault> {
        let status: ProviderStatus = self.status.parse().map_err(|_| {
            BillingFault::ProviderRefused(Said(format!("{}: {}", self.id, self.status)))
        })?;
        let prices: Vec<String> = self
            .items
            .data
            .into_iter()
            .filter_map(|item| Some(item.price.or(item.plan)?.id))
            .collect();
        let plan = prices.iter().filter_map(|price| plan_of(price)).max();
        let plan = match plan {
            Some(plan) => plan,
            // What is over gives nothing, whatever it was.
            None if status == ProviderStatus::Over => Plan::Free,
            None => {
                return Err(BillingFault::PriceUnknown(Said(format!(
                    "{}: {}",
                    self.id,
                    prices.join(" ")
                ))));
            }
        };
        Ok(Listed {
            id: self.id,
            created: self.created,
            plan,
            status,
        })
    }
}

/// What the provider said when it refused.
pub(super) fn refusal(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refusal {
        error: Words,
    }
    #[derive(Deserialize)]
    struct Words {
        message: Option<String>,
        code: Option<String>,
    }
    let said = match serde_json::from_slice::<Refusal>(body) {
        Ok(Refusal { error }) => [error.code, error.message]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(": "),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    said.chars()
        .filter(|letter| !letter.is_control())
        .take(SAID_CHARS_MAX)
        .collect()
}
