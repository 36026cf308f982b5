//! Whether an address answers ever more slowly, and how long to leave it alone then. Pure.
//!
//! A target that slows down while it is scanned may be slowing down because of it, so it is left
//! alone for a moment, and everybody else in its line with it. If that does not make it faster,
//! it was not us: what it takes then is what it takes, and becomes what later answers are compared
//! with. So a lasting change costs a bounded time ([`HOLDS_MAX`] holds), and a target is never
//! left alone for ever because it is slow.
use std::time::{Duration, Instant};

/// Answers that make the baseline: their median.
const LEARNED_FROM: usize = 8;
/// Answers that a judgement rests on: their median, so that two strays decide nothing.
const JUDGED_BY: usize = 5;
/// First hold of a row; each further one doubles it.
const HOLD_FIRST: Duration = Duration::from_millis(500);
/// Holds in a row after which the present latency is taken for the address's own.
pub(super) const HOLDS_MAX: u32 = 4;
/// Share of the way that the baseline moves towards an ordinary judgement, as a divisor: a target
/// that becomes slower by itself, over thousands of answers, is not suspected.
const DRIFT: u32 = 16;

/// What was timed. Each kind has a baseline of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Timing {
    /// A handshake of TCP: the way there, and a kernel's queue.
    Handshake,
    /// From a request to its answer: what a server has to do for it, which differs by page.
    Answer,
}

impl Timing {
    /// How many times the baseline is slow, and no longer is: between the two nothing changes, so
    /// that a target at the border does not come and go.
    const fn factors(self) -> (u32, u32) {
        match self {
            Self::Handshake => (4, 2),
            Self::Answer => (8, 3),
        }
    }

    /// Least rise that counts, whatever the baseline: below it nobody suffers.
    const fn least(self) -> Duration {
        match self {
            Self::Handshake => Duration::from_millis(50),
            Self::Answer => Duration::from_millis(400),
        }
    }
}

/// What is known of one kind of timing at one address.
#[derive(Debug)]
pub(super) struct Latency {
    timing: Timing,
    baseline: Option<Duration>,
    recent: Vec<Duration>,
    /// Holds in a row.
    holds: u32,
    /// What began before this says nothing about the time after the hold.
    counts_from: Option<Instant>,
}

impl Latency {
    /// Knows nothing yet.
    pub(super) fn new(timing: Timing) -> Self {
        Self {
            timing,
            baseline: None,
            recent: Vec::with_capacity(LEARNED_FROM),
            holds: 0,
            counts_from: None,
        }
    }

    /// Takes note of one answer; how long to leave the address alone, if it must be.
    pub(super) fn note(&mut self, began: Instant, took: Duration) -> Option<Duration> {
        if self.counts_from.is_some_and(|from| began < from) {
            return None;
        }
        self.recent.push(took);
        let Some(baseline) = self.baseline else {
            if self.recent.len() >= LEARNED_FROM {
                self.baseline = self.judgement();
            }
            return None;
        };
        if self.recent.len() < JUDGED_BY {
            return None;
        }
        let now = self.judgement()?;
        let (slow, fine) = self.timing.factors();
        let least = self.timing.least();
        if now > baseline.saturating_mul(slow).max(baseline + least) {
            return self.slow(began + took, now);
        }
        if now < baseline.saturating_mul(fine).max(baseline + least / 2) {
            self.holds = 0;
            self.baseline = Some((baseline * (DRIFT - 1) + now) / DRIFT);
        }
        None
    }

    /// The median of what was noted since the last one.
    fn judgement(&mut self) -> Option<Duration> {
        self.recent.sort_unstable();
        let median = self.recent.get(self.recent.len() / 2).copied();
        self.recent.clear();
        median
    }

    fn slow(&mut self, at: Instant, now: Duration) -> Option<Duration> {
        self.counts_from = Some(at);
        if self.holds >= HOLDS_MAX {
            self.holds = 0;
            self.baseline = Some(now);
            return None;
        }
        let hold = HOLD_FIRST * 2_u32.saturating_pow(self.holds);
        self.holds += 1;
        Some(hold)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Duration, HOLDS_MAX, Instant, Latency, Timing};

    /// A target on a clock of its own.
    struct Target {
        latency: Latency,
        at: Instant,
    }

    impl Target {
        fn new(timing: Timing) -> Self {
            Self {
                latency: Latency::new(timing),
                at: Instant::now(),
            }
        }

        fn learned(timing: Timing, ms: u64) -> Self {
            let mut target = Self::new(timing);
            assert!(target.holds([ms; 8]).is_empty());
            target
        }

        /// Answers one after the other; the holds they led to, in milliseconds.
        fn holds(&mut self, all: impl IntoIterator<Item = u64>) -> Vec<u128> {
            let mut found = Vec::new();
            for ms in all {
                let took = Duration::from_millis(ms);
                let hold = self.latency.note(self.at, took);
                self.at += took + hold.unwrap_or_default() + Duration::from_micros(1);
                found.extend(hold.map(|hold| hold.as_millis()));
            }
            found
        }
    }

    #[test]
    fn a_target_that_slows_down_is_left_alone_ever_longer_until_that_is_no_use() {
        let mut target = Target::learned(Timing::Handshake, 10);
        assert_eq!(target.holds([300; 25]), [500, 1_000, 2_000, 4_000]);
        assert!(target.holds([300; 100]).is_empty(), "that is how it is");
        assert_eq!(target.holds([2_000; 5]), [500], "and it got worse");
    }

    #[test]
    fn one_that_recovers_begins_a_new_row() {
        let mut target = Target::learned(Timing::Answer, 20);
        assert_eq!(target.holds([900; 10]), [500, 1_000]);
        assert!(target.holds([25; 5]).is_empty());
        assert_eq!(target.holds([900; 5]), [500]);
    }

    #[test]
    fn at_the_border_nothing_changes() {
        let mut target = Target::learned(Timing::Handshake, 100);
        assert_eq!(target.holds([500; 5]), [500]);
        // Faster than slow and slower than fine: the row goes on where it was.
        assert!(target.holds([300; 20]).is_empty());
        assert_eq!(target.holds([500; 5]), [1_000]);
    }

    #[test]
    fn what_was_under_way_when_a_hold_began_is_not_held_against_the_target() {
        let mut target = Target::learned(Timing::Handshake, 1);
        let began = Instant::now();
        let took = Duration::from_secs(1);
        let found: Vec<_> = (0..50)
            .filter_map(|_| target.latency.note(began, took))
            .collect();
        assert_eq!(found.len(), 1);
    }

    proptest! {
        #[test]
        fn a_steady_target_is_never_left_alone(ms in 0..2_000_u64, noise in prop::collection::vec(0..100_u64, 300)) {
            // Noise below what anybody suffers from, or below the slow factor.
            for timing in [Timing::Handshake, Timing::Answer] {
                let span = (ms * 3 / 2).max(u64::try_from(timing.least().as_millis()).unwrap_or(0) / 2);
                let all = noise.iter().map(|percent| ms + span * percent / 100);
                prop_assert!(Target::new(timing).holds(all).is_empty());
            }
        }

        #[test]
        fn two_strays_in_five_decide_nothing(ms in 1..50_u64, stray in 1_000..60_000_u64, at in 0..4_usize) {
            let mut target = Target::learned(Timing::Answer, ms);
            let all = (0..500).map(|n| if n % 5 == at || n % 5 == at + 1 { stray } else { ms });
            prop_assert!(target.holds(all).is_empty());
        }

        #[test]
        fn a_lasting_change_costs_a_bounded_time(ms in 1..50_u64, later in 60..60_000_u64) {
            let mut target = Target::learned(Timing::Handshake, ms);
            let found = target.holds(std::iter::repeat_n(later, 500));
            prop_assert!(found.len() <= usize::try_from(HOLDS_MAX).unwrap_or_default());
            prop_assert!(found.iter().sum::<u128>() <= 7_500);
        }

        #[test]
        fn a_rise_tenfold_beyond_the_least_is_always_noticed(ms in 1..100_u64) {
            for timing in [Timing::Handshake, Timing::Answer] {
                let mut target = Target::learned(timing, ms);
                let later = ms * 10 + u64::try_from(timing.least().as_millis()).unwrap_or(0);
                prop_assert_eq!(target.holds([later; 5]), [500]);
            }
        }
    }
}
