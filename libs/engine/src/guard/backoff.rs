//! When to leave an address alone: it asked for it, it resets one connection after the other, or
//! it answers ever more slowly.
//! Decisions only; waiting is the pace's.
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::latency::{Latency, Timing};

/// First hold; each further one in a row doubles it.
const HOLD_FIRST: Duration = Duration::from_secs(1);
/// Longest hold of our own choosing.
const HOLD_LONGEST: Duration = Duration::from_secs(8);
/// Longest hold a target may ask for and still be scanned by this job.
const ASKED_MAX: Duration = Duration::from_mins(1);
/// Holds in a row after which this job leaves the address alone for good.
const ASKED_TIMES_MAX: u32 = 3;
/// Resets in a row that make a storm: a service that always resets is asked some eight times.
const STORM: u32 = 10;

/// A sign that an address has enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// It said so (429, 503), perhaps with how long.
    Asked(Option<Duration>),
    /// It reset a connection to a port that had accepted before.
    Reset,
}

#[derive(Debug, Default)]
struct Signs {
    asked: u32,
    resets: u32,
    given_up: bool,
    latencies: BTreeMap<Timing, Latency>,
}

/// What the addresses of one job said.
#[derive(Debug, Default)]
pub(super) struct Backoff(Mutex<BTreeMap<IpAddr, Signs>>);

impl Backoff {
    /// Notes trouble; how long to leave the address alone, if at all.
    pub(super) fn note(&self, address: IpAddr, trouble: Trouble) -> Option<Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let signs = all.entry(address).or_default();
        match trouble {
            Trouble::Asked(time) => {
                signs.asked += 1;
                let too_long = time.is_some_and(|time| time > ASKED_MAX);
                signs.given_up |= too_long || signs.asked >= ASKED_TIMES_MAX;
                let doubled = doubled(signs.asked - 1);
                Some(time.map_or(doubled, |time| time.max(doubled)))
            }
            Trouble::Reset => {
                signs.resets += 1;
                signs
                    .resets
                    .checked_sub(STORM)
                    .map(|beyond| doubled(beyond / STORM))
            }
        }
    }

    /// Notes how long something took that began at a time; how long to leave the address alone, if
    /// at all.
    pub(super) fn timed(
        &self,
        address: IpAddr,
        timing: Timing,
        began: Instant,
        took: Duration,
    ) -> Option<Duration> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let latencies = &mut all.entry(address).or_default().latencies;
        let latency = latencies
            .entry(timing)
            .or_insert_with(|| Latency::new(timing));
        latency.note(began, took)
    }

    /// Notes an ordinary answer: whatever there was is over.
    pub(super) fn fine(&self, address: IpAddr) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(signs) = all.get_mut(&address) {
            signs.asked = 0;
            signs.resets = 0;
        }
    }

    /// Whether this job leaves the address alone for good.
    pub(super) fn has_given_up(&self, address: IpAddr) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(&address).is_some_and(|signs| signs.given_up)
    }
}

fn doubled(times: u32) -> Duration {
    HOLD_FIRST
        .saturating_mul(1_u32.checked_shl(times).unwrap_or(u32::MAX))
        .min(HOLD_LONGEST)
}

#[cfg(test)]
mod tests {
    use super::{Backoff, Duration, IpAddr, STORM, Trouble};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    #[test]
    fn holds_double_and_a_third_in_a_row_ends_it() {
        let backoff = Backoff::default();
        let seconds = |time| backoff.note(HERE, Trouble::Asked(time)).unwrap().as_secs();
        assert_eq!(seconds(None), 1);
        assert_eq!(seconds(Some(Duration::from_secs(30))), 30);
        assert!(!backoff.has_given_up(HERE));
        assert_eq!(seconds(None), 4);
        assert!(backoff.has_given_up(HERE));
    }

    #[test]
    fn an_ordinary_answer_ends_the_row() {
        let backoff = Backoff::default();
        for _ in 0..10 {
            let held = backoff.note(HERE, Trouble::Asked(None));
            assert_eq!(held, Some(Duration::from_secs(1)));
            backoff.fine(HERE);
        }
        assert!(!backoff.has_given_up(HERE));
    }

    #[test]
    fn who_asks_for_an_hour_is_left_alone_at_once() {
        let backoff = Backoff::default();
        backoff.note(HERE, Trouble::Asked(Some(Duration::from_hours(1))));
        assert!(backoff.has_given_up(HERE));
    }

    #[test]
    fn some_resets_are_a_closed_door_and_many_are_a_storm() {
        let backoff = Backoff::default();
        let holds: Vec<Option<u64>> = (0..STORM * 2)
            .map(|_| {
                backoff
                    .note(HERE, Trouble::Reset)
                    .map(|time| time.as_secs())
            })
            .collect();
        assert_eq!(holds.iter().filter(|hold| hold.is_none()).count(), 9);
        assert_eq!(holds.last(), Some(&Some(2)));
        assert!(!backoff.has_given_up(HERE));
    }
}
