//! Reads draw on tokens that a gateway took from Redis in advance: lists are asked for far too
//! often for a question to Redis each.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use moka::sync::Cache;
use tokio::sync::Mutex as Turn;
use wt_throttle::{Standing, Throttle};

use super::policy::Policy;

/// How long tokens are kept for a caller; what is not used by then is lost to its budget.
const KEPT_FOR: Duration = Duration::from_secs(2);
/// How long nobody asks a Redis that is away: reads go on, and not each of them waits for it.
const LEFT_ALONE_FOR: Duration = Duration::from_secs(1);
/// The share of a budget that is taken in advance: two gateways never hold much of it.
const SHARE: u32 = 20;
/// Callers remembered at once.
const CALLERS_MAX: u64 = 20_000;

/// What is held for one caller.
#[derive(Debug, Default)]
struct Held {
    left: u32,
    until: Option<Instant>,
    standings: Vec<Standing>,
}

#[derive(Debug, Default)]
struct Lease {
    held: Mutex<Held>,
    /// One request at a time goes to Redis for all of its caller.
    turn: Turn<()>,
}

impl Lease {
    /// Takes a token that is held, and says how its budgets stand.
    fn take(&self) -> Option<Vec<Standing>> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.until.filter(|until| *until > Instant::now())?;
        held.left = held.left.checked_sub(1)?;
        let left = held.left;
        let mut standings = held.standings.clone();
        for standing in &mut standings {
            standing.left = standing.left.saturating_add(left);
        }
        Some(standings)
    }

    fn hold(&self, left: u32, until: Duration, standings: Vec<Standing>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Held {
            left,
            until: Some(Instant::now() + until),
            standings,
        };
    }
}

/// What became of a read.
pub(super) enum Read {
    /// It may go on; how its budgets stand, unless Redis is away.
    Granted(Vec<Standing>),
    /// This one of its budgets is used up.
    Refused(usize, Vec<Standing>),
}

/// What is held for every caller of the last seconds.
#[derive(Debug)]
pub(super) struct Leases(Cache<String, Arc<Lease>>);

impl Leases {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self(
            Cache::builder()
                .max_capacity(CALLERS_MAX)
                .time_to_idle(KEPT_FOR)
                .build(),
        )
    }

    /// Takes one read of `caller` from its budgets, which `key` names.
    pub(super) async fn take(
        &self,
        throttle: &Throttle,
        caller: &str,
        policies: &[Policy; 2],
        key: impl Fn(&Policy) -> String,
    ) -> Read {
        let lease = self.0.get(caller).unwrap_or_else(|| {
            self.0
                .get_with_by_ref(caller, || Arc::new(Lease::default()))
        });
        if let Some(standings) = lease.take() {
            return Read::Granted(standings);
        }
        let _turn = lease.turn.lock().await;
        if let Some(standings) = lease.take() {
            return Read::Granted(standings);
        }
        let buckets = policies
            .each_ref()
            .map(|policy| (key(policy), policy.budget));
        let share = policies
            .iter()
            .map(|policy| policy.budget.size / SHARE)
            .min()
            .unwrap_or_default();
        for tokens in [share.max(1), 1] {
            match throttle.take_all(&buckets, tokens).await {
                Ok(said) => match said.refused {
                    None => {
                        lease.hold(tokens, KEPT_FOR, said.buckets);
                        return Read::Granted(lease.take().unwrap_or_default());
                    }
                    Some(nth) if tokens == 1 => return Read::Refused(nth, said.buckets),
                    Some(_) => {}
                },
                Err(fault) => {
                    tracing::warn!(error = %wt_fault::chain(&fault), "reads are not limited while Redis is away");
                    lease.hold(u32::MAX, LEFT_ALONE_FOR, Vec::new());
                    return Read::Granted(Vec::new());
                }
            }
        }
        Read::Granted(Vec::new())
    }
}
