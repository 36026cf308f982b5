//! How fast one address is asked: a small burst, then an even pace (GCRA).
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Seconds' worth of requests that may go out at once.
const BURST: Duration = Duration::from_millis(100);

/// The pace of one job, per address.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Mutex<BTreeMap<IpAddr, Instant>>,
}

impl Pace {
    /// `per_second` requests to each address; 0 means no pace.
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            interval: Duration::from_secs(1)
                .checked_div(per_second)
                .unwrap_or_default(),
            next: Mutex::new(BTreeMap::new()),
        }
    }

    /// Takes the next place in line; the caller waits until the returned instant, if any.
    pub(super) fn place(&self, address: IpAddr, now: Instant) -> Option<Instant> {
        if self.interval.is_zero() {
            return None;
        }
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = next.entry(address).or_insert(now);
        let mine = (*slot).max(now);
        *slot = mine + self.interval;
        mine.checked_sub(BURST).filter(|start| *start > now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Pace;

    #[test]
    fn after_the_burst_places_are_evenly_spaced_for_each_address() {
        let pace = Pace::new(100);
        let now = Instant::now();
        let here = "192.0.2.1".parse().unwrap();
        let waits: Vec<_> = (0..20).map(|_| pace.place(here, now)).collect();
        assert!(waits.iter().take(10).all(Option::is_none));
        assert_eq!(
            waits[19].unwrap() - waits[18].unwrap(),
            Duration::from_millis(10)
        );
        assert_eq!(pace.place("192.0.2.2".parse().unwrap(), now), None);
        assert_eq!(Pace::new(0).place(here, now), None);
    }
}
