//! What a withdrawal ends: RETIRED or `STALE_CHECK`, never FIXED (contracts §6).
use wt_diff::{Applied, Change, Observed, Step, retire, withdraw_check};

/// What was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Withdrawn {
    /// The right to look at an asset.
    Asset,
    /// A check, from the catalogue.
    Check,
}

impl Withdrawn {
    /// As it is stored.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Asset => "asset",
            Self::Check => "check",
        }
    }
}

/// Ends what is live of `priors`, which come by ascending key. `cause` is the id of what was
/// withdrawn; the same cause never makes a second event, and after a reopening it makes another.
pub(crate) fn withdraw<'a>(
    priors: impl IntoIterator<Item = &'a Observed>,
    what: Withdrawn,
    cause: &str,
    reason: &str,
) -> Applied {
    let mut applied = Applied::default();
    for prior in priors {
        let cause = format!("{cause}@{}", prior.seq);
        let step = match what {
            Withdrawn::Asset => retire(prior, &cause, reason),
            Withdrawn::Check => withdraw_check(prior, &cause, reason),
        };
        if let Step::Become(next, event) = step {
            let from = Some(prior.state);
            applied.changes.push(Change { from, next });
            applied.events.push(*event);
        }
    }
    applied
}
