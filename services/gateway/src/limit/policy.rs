//! The budgets, and how answers tell of them (draft-ietf-httpapi-ratelimit-headers-10).
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue, request::Parts};
use wt_throttle::{Budget, Standing};

/// Attempts to sign up, in or on from one address: a team behind one address signs in at nine
/// o'clock, a guesser gets one try a second.
pub(super) const SIGN_IN: Policy = Policy::of("sign-in", 60, 1.0);
/// Requests from one address whose credential is worth nothing: room for an office full of programs
/// whose tokens just expired, none for a flood. Tokens cannot be guessed; this bounds the load.
pub(super) const REFUSED: Policy = Policy::of("refused", 1_200, 10.0);
/// Reads of one address that need nobody: a page with what it loads, and a watcher that begins with
/// everything there is; proofs are worth their work, so a flood is not.
pub(super) const PUBLIC: Policy = Policy::of("public", 300, 5.0);
/// Writes of one account or API key: a script that imports and acts, not a runaway loop.
pub(super) const WRITES: Policy = Policy::of("caller", 600, 50.0);
/// Writes of one organization: two such scripts.
pub(super) const WRITES_TOGETHER: Policy = Policy::of("organization", 1_200, 100.0);
/// Wrong passwords for one account, from wherever, before it counts as attacked.
pub(super) const WRONG_PASSWORDS: Budget = Budget {
    size: 50,
    per_second: 1.0 / 60.0,
};

/// How many callers' reads one organization may have at once.
const CALLERS_TOGETHER: u32 = 5;
/// Seconds of reading that may come in one burst.
const READ_BURST_S: u32 = 10;

/// A budget with the name that answers call it by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(super) name: &'static str,
    pub(super) budget: Budget,
}

impl Policy {
    const fn of(name: &'static str, size: u32, per_second: f64) -> Self {
        Self {
            name,
            budget: Budget { size, per_second },
        }
    }

    /// What one caller may read, and what its organization may, at so many reads a second.
    pub(super) fn reads(per_second: u32) -> [Self; 2] {
        let of = |name, per_second: u32| {
            let size = per_second.saturating_mul(READ_BURST_S);
            Self::of(name, size, f64::from(per_second))
        };
        let together = per_second.saturating_mul(CALLERS_TOGETHER);
        [of("caller", per_second), of("organization", together)]
    }
}

/// What is left of the budgets that one request drew on; written by who takes, read where the
/// answer leaves.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<(Policy, Standing)>>>);

impl Told {
    /// Notes budgets for the answer to the request of `parts`.
    pub(super) fn note(parts: &Parts, standings: impl IntoIterator<Item = (Policy, Standing)>) {
        if let Some(told) = parts.extensions.get::<Self>() {
            let mut noted = told.0.lock().unwrap_or_else(PoisonError::into_inner);
            noted.clear();
            noted.extend(standings);
        }
    }

    /// Writes `RateLimit-Policy` and `RateLimit`, if a budget was drawn on.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.is_empty() {
            return;
        }
        let policies = joined(noted.iter().map(|(policy, _)| {
            let Policy { name, budget } = policy;
            format!("\"{name}\";q={};w={}", budget.size, budget.window_s())
        }));
        let left = joined(noted.iter().map(|(policy, standing)| {
            let reset = standing.reset.as_millis().div_ceil(1_000);
            format!("\"{}\";r={};t={reset}", policy.name, standing.left)
        }));
        for (header, text) in [("ratelimit-policy", policies), ("ratelimit", left)] {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(header), value);
            }
        }
    }
}

/// A list of structured fields (RFC 9651 §3.1).
fn joined(members: impl Iterator<Item = String>) -> String {
    members.collect::<Vec<_>>().join(", ")
}
