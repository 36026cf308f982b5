//! How long an organization's history is kept by its plan, and what of it ends.
//!
//! Ends, before [`Term::since`]: events that a later one of the same exposure followed by then and
//! what they saw, stored results (and so comparisons of their runs), days of trends. Never: what
//! stands, of a live exposure everything since it last opened, decisions, the ledger with its
//! packets, and audit records. Which rows that are is `results.prune_events` and `prune_trends`.
use time::{Duration, OffsetDateTime, Time};
use wt_plan::{Standing, State};

/// How long a plan that keeps less waits until it counts: time to notice, to export, or to come
/// back. Nobody loses history by a payment that is late.
pub(crate) const GRACE: Duration = Duration::days(30);

/// A plan that keeps less than what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lowered {
    /// Days it keeps.
    pub(crate) to: u32,
    /// When that was first heard of.
    pub(crate) at: OffsetDateTime,
}

/// How long is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Term {
    /// Days of history; none: all of it.
    pub(crate) days: Option<u32>,
    /// What counts after its grace.
    pub(crate) lowered: Option<Lowered>,
    /// The history is whole from here on; none: from the beginning. Never goes back.
    pub(crate) since: Option<OffsetDateTime>,
}

impl Term {
    /// What an organization is kept that stands like this at `now`. While it is owed money nothing
    /// ends and no grace runs.
    #[must_use]
    pub(crate) fn under(self, standing: &Standing, now: OffsetDateTime) -> Self {
        match standing.state {
            State::Grace | State::PastDue | State::Paused => Self {
                lowered: None,
                ..self
            },
            State::Trialing | State::Active | State::Cancelled => self
                .promised(standing.plan.included().retention_days, now)
                .at(now),
        }
    }

    /// As the plan says: more at once, less after the grace.
    fn promised(self, days: u32, now: OffsetDateTime) -> Self {
        if self.days.is_some_and(|kept| kept <= days) {
            return Self {
                days: Some(days),
                lowered: None,
                ..self
            };
        }
        // A plan that keeps still less is a grace of its own.
        let lowered = match self.lowered {
            Some(lowered) if lowered.to <= days => Lowered {
                to: days,
                ..lowered
            },
            _ => Lowered { to: days, at: now },
        };
        if now < lowered.at.saturating_add(GRACE) {
            return Self {
                lowered: Some(lowered),
                ..self
            };
        }
        Self {
            days: Some(days),
            lowered: None,
            ..self
        }
    }

    /// Moves the bound to the begin of the first day that is kept.
    fn at(self, now: OffsetDateTime) -> Self {
        let first = self.days.map(|days| {
            now.saturating_sub(Duration::days(days.into()))
                .replace_time(Time::MIDNIGHT)
        });
        Self {
            since: self.since.max(first),
            ..self
        }
    }

    /// When the plan that keeps less will count.
    pub(crate) fn lowered_from(&self) -> Option<OffsetDateTime> {
        self.lowered.map(|lowered| lowered.at.saturating_add(GRACE))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;
    use wt_plan::Plan;

    use super::*;

    const START: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

    fn standing(plan: Plan, state: State) -> Standing {
        Standing {
            plan,
            state,
            may_scan: true,
            until: None,
        }
    }

    fn day(nth: i64) -> OffsetDateTime {
        START + Duration::days(nth)
    }

    /// Plan and state, a day apart each.
    fn lives() -> impl Strategy<Value = Vec<(Plan, State)>> {
        let plans = prop::sample::select(Plan::ALL.to_vec());
        let states = prop::sample::select(State::ALL.to_vec());
        prop::collection::vec((plans, states, 1..40_usize), 1..12).prop_map(|stays| {
            let stay = |(plan, state, days)| vec![(plan, state); days];
            stays.into_iter().flat_map(stay).collect()
        })
    }

    proptest! {
        #[test]
        fn nothing_goes_that_a_plan_of_the_last_thirty_days_kept(life in lives()) {
            let mut term = Term::default();
            for (nth, (plan, state)) in life.iter().enumerate() {
                let now = day(i64::try_from(nth).unwrap_or_default());
                let before = term;
                term = term.under(&standing(*plan, *state), now);
                prop_assert!(term.since >= before.since, "it came back");
                if term.since == before.since {
                    continue;
                }
                prop_assert!(!matches!(state, State::Grace | State::PastDue | State::Paused));
                let least = now - Duration::days(plan.included().retention_days.into());
                prop_assert!(term.since <= Some(least), "less than the plan keeps");
                prop_assert!(nth >= 30, "before anybody could notice");
                for (plan, state) in life.iter().take(nth).rev().take(30) {
                    if matches!(state, State::Trialing | State::Active | State::Cancelled) {
                        let kept = now - Duration::days(plan.included().retention_days.into());
                        prop_assert!(term.since <= Some(kept), "a grace was cut short");
                    }
                }
            }
        }
    }

    #[test]
    fn the_first_plan_that_is_heard_of_is_a_grace_too() {
        let free = standing(Plan::Free, State::Active);
        let first = Term::default().under(&free, START);
        assert_eq!((first.days, first.since), (None, None));
        assert_eq!(first.lowered_from(), Some(day(30)));
        let last = first.under(&free, day(29));
        assert_eq!(last.since, None);
        let after = last.under(&free, day(30));
        assert_eq!(after.days, Some(30));
        assert_eq!(after.since, Some(datetime!(2026-01-01 0:00 UTC)));
    }

    #[test]
    fn a_larger_plan_counts_at_once_and_brings_nothing_back() {
        let term = Term {
            days: Some(30),
            lowered: None,
            since: Some(day(-30)),
        };
        let business = term.under(&standing(Plan::Business, State::Active), day(1));
        assert_eq!(business.days, Some(400));
        assert_eq!(business.since, Some(day(-30)));
    }

    #[test]
    fn who_owes_money_loses_nothing_and_has_the_whole_grace_afterwards() {
        let free = standing(Plan::Free, State::Active);
        let owing = standing(Plan::Free, State::PastDue);
        let term = Term::default().under(&free, START).under(&owing, day(29));
        let term = term.under(&owing, day(400));
        assert_eq!((term.since, term.lowered), (None, None));
        let paid = term.under(&free, day(401));
        assert_eq!(paid.lowered_from(), Some(day(431)));
    }
}
