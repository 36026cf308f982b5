//! How a subscription stands: what the payment provider last said, and the clock.
//!
//! ```text
//! trialing ─┐            payment failed      GRACE is over
//! active ───┴────────────▶ grace ──────────▶ past_due ──▶ cancelled (provider gives up)
//!     ▲  paid                │                 │
//!     └──────────────────────┴─────────────────┘        paused ⇄ active (provider's word)
//! ```
use std::str::FromStr;

use time::{Duration, OffsetDateTime};

use crate::Plan;

/// How long after a failed payment everything goes on: a card that ran out is no emergency, and
/// providers try again for about as long.
pub const GRACE: Duration = Duration::days(7);

/// What the provider says of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderStatus {
    /// In its trial.
    Trialing,
    /// Paid.
    Active,
    /// The newest payment failed and is tried again.
    PastDue,
    /// Payment was given up on, the subscription was not.
    Unpaid,
    /// Collection is paused, or a trial ended without a means of payment.
    Paused,
    /// Over, or never begun: `canceled`, `incomplete`, `incomplete_expired`.
    Over,
}

/// A word the provider does not use today.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the payment provider's status is not known")]
pub struct UnknownStatus;

impl ProviderStatus {
    /// The word it is stored by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Paused => "paused",
            Self::Over => "canceled",
        }
    }
}

impl FromStr for ProviderStatus {
    type Err = UnknownStatus;

    fn from_str(word: &str) -> Result<Self, UnknownStatus> {
        match word {
            "trialing" => Ok(Self::Trialing),
            "active" => Ok(Self::Active),
            "past_due" => Ok(Self::PastDue),
            "unpaid" => Ok(Self::Unpaid),
            "paused" => Ok(Self::Paused),
            "canceled" | "incomplete" | "incomplete_expired" => Ok(Self::Over),
            _ => Err(UnknownStatus),
        }
    }
}

/// One subscription of a customer, as the provider lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The provider's id.
    pub id: String,
    /// When it was made there, in seconds since 1970.
    pub created: i64,
    /// What was bought.
    pub plan: Plan,
    /// How it stands.
    pub status: ProviderStatus,
}

/// The subscription that counts, whatever the order of the list: one that is not over, and of
/// those the newest. Somebody who paid twice, or came back, has one plan.
pub fn counting(listed: impl IntoIterator<Item = Listed>) -> Option<Listed> {
    listed.into_iter().max_by(|one, other| {
        let rank = |listed: &Listed| (listed.status != ProviderStatus::Over, listed.created);
        rank(one)
            .cmp(&rank(other))
            .then_with(|| one.id.cmp(&other.id))
    })
}

/// The provider's state of a subscription, fetched, not pieced together from webhooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported {
    /// What was bought.
    pub plan: Plan,
    /// How it stands there.
    pub status: ProviderStatus,
    /// When it was fetched: a webhook that comes late leads to a fetch, never to an old state.
    pub as_of: OffsetDateTime,
}

/// A tenant's subscription, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subscription {
    /// The newest report; none on the free plan.
    pub reported: Option<Reported>,
    /// Since when payments fail, if they do.
    pub failing_since: Option<OffsetDateTime>,
}

/// The state people are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// In its trial.
    Trialing,
    /// Paid, or free.
    Active,
    /// A payment failed; everything goes on for [`GRACE`].
    Grace,
    /// Payments fail for longer: scanning pauses.
    PastDue,
    /// Paused: scanning pauses.
    Paused,
    /// Over: the plan of who pays nothing.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Trialing,
        Self::Active,
        Self::Grace,
        Self::PastDue,
        Self::Paused,
        Self::Cancelled,
    ];

    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::Grace => "grace",
            Self::PastDue => "past_due",
            Self::Paused => "paused",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for State {
    type Err = wt_model::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == word)
            .ok_or_else(|| wt_model::UnknownWord {
                vocabulary: "subscription state",
                word: word.chars().take(64).collect(),
                expected: Self::ALL.map(Self::as_str).join(", "),
            })
    }
}

/// What a subscription amounts to at a moment. There is no field for reading or exporting: they
/// never lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whose limits hold.
    pub plan: Plan,
    /// What people are shown.
    pub state: State,
    /// Whether scans may begin.
    pub may_scan: bool,
    /// When the state changes by itself, if nothing is heard.
    pub until: Option<OffsetDateTime>,
}

impl Subscription {
    /// Nobody pays for it.
    pub const FREE: Self = Self {
        reported: None,
        failing_since: None,
    };

    /// Takes a fetched report. One that is not newer than the last changes nothing, so duplicates
    /// and disorder end in the same state.
    #[must_use]
    pub fn hear(self, reported: Reported) -> Self {
        if self
            .reported
            .is_some_and(|last| last.as_of >= reported.as_of)
        {
            return self;
        }
        let failing = matches!(
            reported.status,
            ProviderStatus::PastDue | ProviderStatus::Unpaid
        );
        Self {
            // The grace is counted from the first failure, not from the newest report of it.
            failing_since: failing.then(|| self.failing_since.unwrap_or(reported.as_of)),
            reported: Some(reported),
        }
    }

    /// How it stands at `now`. `unpaid` is the plan of who pays nothing: [`Plan::Free`], or what
    /// an operator who sells nothing gives to everybody.
    pub fn standing(self, unpaid: Plan, now: OffsetDateTime) -> Standing {
        let Some(Reported { plan, status, .. }) = self.reported else {
            return settled(unpaid, State::Active, true);
        };
        match status {
            ProviderStatus::Trialing => settled(plan, State::Trialing, true),
            ProviderStatus::Active => settled(plan, State::Active, true),
            ProviderStatus::Unpaid => settled(plan, State::PastDue, false),
            ProviderStatus::Paused => settled(plan, State::Paused, false),
            ProviderStatus::Over => settled(unpaid, State::Cancelled, true),
            ProviderStatus::PastDue => {
                let end = self.failing_since.unwrap_or(now).saturating_add(GRACE);
                if now < end {
                    Standing {
                        until: Some(end),
                        ..settled(plan, State::Grace, true)
                    }
                } else {
                    settled(plan, State::PastDue, false)
                }
            }
        }
    }
}

const fn settled(plan: Plan, state: State, may_scan: bool) -> Standing {
    Standing {
        plan,
        state,
        may_scan,
        until: None,
    }
}
