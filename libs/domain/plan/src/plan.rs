//! The table. What a plan includes is ours, what it costs the operator's, and what is charged the
//! payment provider's.
use std::{fmt, str::FromStr};

use time::Duration;
use wt_model::Policy;

/// A plan an organization's tenant is on.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// To try it, and for what one person owns.
    Free,
    /// A small team.
    Team,
    /// A company.
    Business,
    /// By contract.
    Enterprise,
}

/// What a plan includes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Included {
    /// Assets with a live proof of ownership, over the tenant and everything below it.
    pub verified_assets: Option<u32>,
    /// Least time between two scans of one asset; zero for no limit.
    pub scan_interval: Duration,
    /// How intrusive a run may be.
    pub policies: &'static [Policy],
    /// Scanner pools of the organization's own.
    pub private_pools: Option<u32>,
    /// How long history and evidence are kept, in days.
    pub retention_days: u32,
    /// People in the tenant and everything below it.
    pub seats: Option<u32>,
}

impl Plan {
    /// Every plan, the smallest first.
    pub const ALL: [Self; 4] = [Self::Free, Self::Team, Self::Business, Self::Enterprise];

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Team => "team",
            Self::Business => "business",
            Self::Enterprise => "enterprise",
        }
    }

    /// What it includes; no number is no limit. The numbers are the product's offer: nothing in
    /// the code rests on them but that a larger plan never includes less.
    pub const fn included(self) -> Included {
        use Policy::{Intrusive, Passive, Safe};
        match self {
            Self::Free => Included {
                verified_assets: Some(5),
                scan_interval: Duration::days(7),
                policies: &[Passive, Safe],
                private_pools: Some(0),
                retention_days: 30,
                seats: Some(3),
            },
            Self::Team => Included {
                verified_assets: Some(50),
                scan_interval: Duration::days(1),
                policies: &[Passive, Safe],
                private_pools: Some(0),
                retention_days: 180,
                seats: Some(15),
            },
            Self::Business => Included {
                verified_assets: Some(500),
                scan_interval: Duration::hours(1),
                policies: &[Passive, Safe, Intrusive],
                private_pools: Some(2),
                retention_days: 400,
                seats: Some(100),
            },
            Self::Enterprise => Included {
                verified_assets: None,
                scan_interval: Duration::ZERO,
                policies: &[Passive, Safe, Intrusive],
                private_pools: None,
                retention_days: 1_095,
                seats: None,
            },
        }
    }

    /// The smallest larger plan; none above the largest.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| *plan > self)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Plan {
    type Err = wt_model::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.as_str() == word)
            .ok_or_else(|| wt_model::UnknownWord {
                vocabulary: "plan",
                word: word.chars().take(64).collect(),
                expected: "free, team, business, enterprise".to_owned(),
            })
    }
}
