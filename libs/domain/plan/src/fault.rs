//! Why a plan says no, and what would make it say yes.
use wt_fault::{Fault, Kind};
use wt_model::Policy;

use crate::Plan;

/// A limit that is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// As many verified assets as the plan includes.
    #[error("the {plan} plan includes {included} verified assets, and all of them are used")]
    AssetsUsed {
        /// The plan.
        plan: Plan,
        /// How many.
        included: u32,
    },
    /// As many people as the plan includes.
    #[error("the {plan} plan includes {included} people, and all seats are taken")]
    SeatsUsed {
        /// The plan.
        plan: Plan,
        /// How many.
        included: u32,
    },
    /// As many private pools as the plan includes.
    #[error("the {plan} plan includes {included} private pools, and all of them are made")]
    PoolsUsed {
        /// The plan.
        plan: Plan,
        /// How many.
        included: u32,
    },
    /// The plan does not include such runs.
    #[error("the {plan} plan does not include {policy} scans")]
    PolicyNotIncluded {
        /// The plan.
        plan: Plan,
        /// What was asked.
        policy: Policy,
    },
    /// The asset was scanned too recently.
    #[error("the {plan} plan scans an asset once in {hours} hours")]
    TooSoon {
        /// The plan.
        plan: Plan,
        /// Hours between two scans, rounded up.
        hours: u64,
        /// Seconds until the next may begin.
        wait_seconds: u64,
    },
    /// Scanning pauses until the subscription is paid.
    #[error("scanning is paused because the subscription is not paid")]
    ScanningPaused,
}

impl Fault for PlanFault {
    fn kind(&self) -> Kind {
        match self {
            Self::AssetsUsed { .. }
            | Self::SeatsUsed { .. }
            | Self::PoolsUsed { .. }
            | Self::TooSoon { .. } => Kind::Exhausted,
            Self::PolicyNotIncluded { .. } | Self::ScanningPaused => Kind::Precondition,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::AssetsUsed { .. } => "plan.assets_used",
            Self::SeatsUsed { .. } => "plan.seats_used",
            Self::PoolsUsed { .. } => "plan.pools_used",
            Self::PolicyNotIncluded { .. } => "plan.policy_not_included",
            Self::TooSoon { .. } => "plan.too_soon",
            Self::ScanningPaused => "plan.scanning_paused",
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::AssetsUsed { .. } => "archive an asset, or choose a larger plan",
            Self::SeatsUsed { .. } => "remove somebody, or choose a larger plan",
            Self::PoolsUsed { .. } => "remove a pool, or choose a larger plan",
            Self::PolicyNotIncluded { .. } => "choose another policy or a larger plan",
            Self::TooSoon { .. } => "wait, or choose a larger plan",
            Self::ScanningPaused => {
                "pay the open invoice; everything can still be read and exported"
            }
        }
    }

    fn retry_after(&self) -> Option<std::time::Duration> {
        match self {
            Self::TooSoon { wait_seconds, .. } => {
                Some(std::time::Duration::from_secs(*wait_seconds))
            }
            _ => None,
        }
    }
}
