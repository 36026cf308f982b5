//! How fast one address is asked: places at an even distance, in a line that everybody shares.
//!
//! With Redis the line of an address is one for all jobs, workers and organizations; without, one
//! for all jobs of the process. **It fails closed**: while Redis is away nobody has a place, and
//! without a place nothing is sent.
use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use wt_throttle::{HOLD_MAX, Throttle, Turn, Wanted};

/// What of the agreed rate is used, in percent. The rest is room for connections that arrive
/// closer together than they were sent: with 10 % of it, 110 ms of delay do not make a second hold
/// more than was agreed.
const SHARE_PERCENT: u32 = 90;
/// How late a place may be used. Later it could fall together with another's, so it is given up.
const LATENESS_MAX: Duration = Duration::from_millis(80);
/// Wait between two questions to a Redis that is away.
const AWAY_WAIT: Duration = Duration::from_millis(200);
/// Shortest wait before asking again, so that a hair's breadth does not become a busy loop.
const WAIT_MIN: Duration = Duration::from_millis(2);
/// How far ahead a process hands out places of its own.
const HORIZON: Duration = Duration::from_millis(500);

/// The lines of a process that shares none; one for all its jobs.
#[derive(Debug, Default)]
pub(crate) struct OwnLines(Mutex<BTreeMap<IpAddr, Instant>>);

impl OwnLines {
    fn places(&self, address: IpAddr, gap: Duration, count: u32, now: Instant) -> Turn {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A line whose last place is over says nothing any more.
        lines.retain(|other, next| *other == address || *next > now);
        let next = lines.entry(address).or_insert(now);
        let first = (*next).max(now);
        let wait = first.saturating_duration_since(now);
        if wait > HORIZON {
            return Turn::Later {
                wait: wait.saturating_sub(HORIZON),
            };
        }
        *next = first + gap.saturating_mul(count);
        Turn::Granted { wait, gap }
    }

    fn hold(&self, address: IpAddr, until: Instant) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = lines.entry(address).or_insert(until);
        *next = (*next).max(until);
    }
}

/// Where the lines are.
#[derive(Debug, Clone)]
pub(crate) enum Lines {
    /// In this process.
    Own(Arc<OwnLines>),
    /// In Redis, for every process.
    Shared(Throttle),
}

/// Places that were handed out together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lease {
    /// When the next place is.
    next: Instant,
    /// Up to when the next place may be used.
    latest: Instant,
    gap: Duration,
    left: u32,
}

impl Lease {
    fn new(asked: Instant, wait: Duration, gap: Duration, count: u32) -> Self {
        // The answer was under way for some time, so the place lies between these two.
        Self {
            next: Instant::now() + wait,
            latest: asked + wait + LATENESS_MAX,
            gap,
            left: count,
        }
    }

    /// When the next usable place is; none when all are used or over.
    pub(super) fn next(&mut self, now: Instant) -> Option<Instant> {
        while self.left > 0 && self.latest < now {
            self.step();
        }
        (self.left > 0).then_some(self.next)
    }

    /// Uses the next place.
    pub(super) fn step(&mut self) {
        self.left = self.left.saturating_sub(1);
        self.next += self.gap;
        self.latest += self.gap;
    }
}

/// What was asked for in one line.
pub(super) enum Leased {
    /// Places.
    Lease(Lease),
    /// Ask again then.
    Later(Instant),
}

/// The pace of one job.
#[derive(Debug)]
pub(super) struct Pace {
    gap: Duration,
    lines: Lines,
}

impl Pace {
    /// `per_second` requests to each address; 0 means no pace.
    pub(super) fn new(per_second: u32, lines: Lines) -> Self {
        let gap = Duration::from_secs(1)
            .saturating_mul(100)
            .checked_div(per_second.saturating_mul(SHARE_PERCENT))
            .unwrap_or_default();
        Self { gap, lines }
    }

    /// Whether there is any pace.
    pub(super) fn is_free(&self) -> bool {
        self.gap.is_zero()
    }

    /// Waits for a place in the line of an address, as long as it takes.
    pub(super) async fn turn(&self, address: IpAddr) {
        if self.is_free() {
            return;
        }
        loop {
            match self.lease(&[(address, 1)]).await.pop() {
                Some(Leased::Lease(mut lease)) => {
                    tokio::time::sleep_until(lease.next.into()).await;
                    if lease.next(Instant::now()).is_some() {
                        return;
                    }
                }
                Some(Leased::Later(until)) => tokio::time::sleep_until(until.into()).await,
                None => tokio::time::sleep(AWAY_WAIT).await,
            }
        }
    }

    /// Takes places in several lines.
    pub(super) async fn lease(&self, wanted: &[(IpAddr, u32)]) -> Vec<Leased> {
        let asked = Instant::now();
        let turns = match &self.lines {
            Lines::Own(own) => wanted
                .iter()
                .map(|(address, count)| own.places(*address, self.gap, *count, asked))
                .collect(),
            Lines::Shared(throttle) => {
                let lines: Vec<Wanted> = wanted
                    .iter()
                    .map(|(address, count)| Wanted {
                        key: key_of(*address),
                        gap: self.gap,
                        count: *count,
                    })
                    .collect();
                match throttle.places(&lines).await {
                    Ok(turns) => turns,
                    Err(error) => {
                        tracing::warn!(error = wt_fault::chain(&error), "no pace, nothing is sent");
                        vec![Turn::Later { wait: AWAY_WAIT }; wanted.len()]
                    }
                }
            }
        };
        turns
            .into_iter()
            .zip(wanted)
            .map(|(turn, (_, count))| match turn {
                Turn::Granted { wait, gap } => Leased::Lease(Lease::new(asked, wait, gap, *count)),
                Turn::Later { wait } => Leased::Later(Instant::now() + wait.max(WAIT_MIN)),
            })
            .collect()
    }

    /// How many places to take at once for many probes: a tenth of a second's worth.
    pub(super) fn places_at_once(&self) -> u32 {
        const AT_ONCE: Duration = Duration::from_millis(100);
        let count = AT_ONCE.as_nanos() / self.gap.as_nanos().max(1);
        u32::try_from(count).unwrap_or(u32::MAX).max(1)
    }

    /// Leaves an address alone for a while: this job and everybody else.
    pub(super) async fn hold(&self, address: IpAddr, time: Duration) {
        let time = time.min(HOLD_MAX);
        match &self.lines {
            Lines::Own(own) => own.hold(address, Instant::now() + time),
            Lines::Shared(throttle) => {
                if let Err(error) = throttle.hold(&key_of(address), time).await {
                    // Without Redis nobody has a place anyway.
                    tracing::warn!(error = wt_fault::chain(&error), "a hold was not kept");
                }
            }
        }
    }
}

fn key_of(address: IpAddr) -> String {
    format!("scan:{address}")
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, IpAddr, Lease, Lines, OwnLines, Pace, Turn};

    #[test]
    fn places_keep_their_distance_and_addresses_do_not_wait_for_each_other() {
        let lines = OwnLines::default();
        let now = Instant::now();
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let gap = Duration::from_millis(20);
        let waits: Vec<Turn> = (0..3).map(|_| lines.places(here, gap, 1, now)).collect();
        let granted = |ms| Turn::Granted {
            wait: Duration::from_millis(ms),
            gap,
        };
        assert_eq!(waits, [granted(0), granted(20), granted(40)]);
        assert_eq!(lines.places(there, gap, 1, now), granted(0));
        assert_eq!(
            lines.places(here, gap, 1, now + Duration::from_secs(9)),
            granted(0)
        );
    }

    #[test]
    fn a_held_address_hands_out_nothing() {
        let lines = OwnLines::default();
        let now = Instant::now();
        let here = IpAddr::from([192, 0, 2, 1]);
        lines.hold(here, now + Duration::from_secs(9));
        let turn = lines.places(here, Duration::from_millis(1), 1, now);
        assert!(matches!(turn, Turn::Later { wait } if wait > Duration::from_secs(8)));
    }

    #[test]
    fn a_place_that_was_missed_is_given_up() {
        let asked = Instant::now();
        let gap = Duration::from_millis(30);
        let mut lease = Lease::new(asked, Duration::ZERO, gap, 3);
        assert!(lease.next(asked).is_some());
        assert!(lease.next(asked + Duration::from_millis(120)).is_some());
        assert_eq!(lease.left, 1, "two were missed");
        assert!(lease.next(asked + Duration::from_secs(1)).is_none());
    }

    #[test]
    fn a_tenth_of_the_agreed_rate_is_left_as_room() {
        let pace = Pace::new(90, Lines::Own(std::sync::Arc::default()));
        assert_eq!(pace.gap.as_micros(), 12_345);
        assert_eq!(pace.places_at_once(), 8);
        assert!(Pace::new(0, Lines::Own(std::sync::Arc::default())).is_free());
    }
}
