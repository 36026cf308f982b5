//! Refusals about plans, subscriptions and the payment provider.

use std::time::Duration;

use wt_fault::{Fault as _, Kind};
use wt_plan::PlanFault;

/// A refusal or failure of `BillingService`, or a limit of a plan.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BillingFault {
    /// A limit of the plan is reached.
    #[error(transparent)]
    Plan(#[from] PlanFault),
    /// The operator sells nothing.
    #[error("plans can't be bought here")]
    NotConfigured,
    /// A root organization pays.
    #[error("plans are bought and changed in the root organization")]
    NotTheRoot,
    /// There is no price for it.
    #[error("this plan can't be bought by the {period}")]
    NotForSale {
        /// `month` or `year`.
        period: &'static str,
    },
    /// A subscription is under way.
    #[error("there is a subscription already")]
    Subscribed,
    /// Nothing was ever bought.
    #[error("nothing was bought yet")]
    NoCustomer,
    /// The provider did not answer, or can't now.
    #[error("the payment provider is away")]
    ProviderAway(#[source] Said),
    /// The provider refused what this service asked.
    #[error("the payment provider refused the request")]
    ProviderRefused(#[source] Said),
    /// A webhook that the provider did not sign, or long ago.
    #[error("the webhook's signature is not valid")]
    NotSigned,
    /// Signed, but no event.
    #[error("the webhook is no event")]
    EventUnreadable,
    /// A subscription for something no plan is sold at.
    #[error("the subscription's price belongs to no plan")]
    PriceUnknown(#[source] Said),
}

/// What was said or found, for the operator's log only.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Said(pub(crate) String);

impl BillingFault {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Plan(fault) => fault.kind(),
            Self::NotConfigured | Self::NotTheRoot | Self::NotForSale { .. } | Self::NoCustomer => {
                Kind::Precondition
            }
            Self::Subscribed => Kind::Conflict,
            Self::ProviderAway(_) => Kind::Unavailable,
            Self::ProviderRefused(_) | Self::PriceUnknown(_) => Kind::Internal,
            Self::NotSigned | Self::EventUnreadable => Kind::Invalid,
        }
    }

    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Plan(fault) => fault.code(),
            Self::NotConfigured => "billing.not_configured",
            Self::NotTheRoot => "billing.not_the_root",
            Self::NotForSale { .. } => "billing.not_for_sale",
            Self::Subscribed => "billing.subscribed",
            Self::NoCustomer => "billing.no_customer",
            Self::ProviderAway(_) => "billing.provider_unavailable",
            Self::ProviderRefused(_) => "billing.provider_refused",
            Self::NotSigned => "billing.signature_invalid",
            Self::EventUnreadable => "billing.event_unreadable",
            Self::PriceUnknown(_) => "billing.price_unknown",
        }
    }

    pub(crate) fn advice(&self) -> &str {
        match self {
            Self::Plan(fault) => fault.advice(),
            Self::NotTheRoot => "switch to the root organization",
            Self::NotForSale { .. } => "choose another plan or period",
            Self::Subscribed => "change it in the customer portal",
            Self::NoCustomer => "choose a plan first",
            Self::ProviderAway(_) => "try again in a moment",
            _ => "",
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Plan(fault) => fault.retry_after(),
            _ => None,
        }
    }
}
