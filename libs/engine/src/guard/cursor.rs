//! Which probe of a sweep comes next: one target after the other, each when it has a place.
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use super::{
    pace::{Lease, Leased, Pace},
    sweep::SweepTarget,
};

/// Shortest time between two questions for places: bounds the calls of a sweep of many targets.
const ASK_EVERY: Duration = Duration::from_millis(5);

#[derive(Debug, Clone, Copy)]
pub(super) struct Probe {
    pub(super) target: usize,
    pub(super) port: u16,
    pub(super) local_failures: u8,
}

pub(super) enum Next {
    Probe(Probe),
    Later(Instant),
    Done,
}

/// One target's way through its ports.
struct Way {
    at: usize,
    lease: Option<Lease>,
    /// When it is worth asking for places again.
    ask_at: Instant,
}

/// Hands out probes, one target after the other, at each target's pace.
pub(super) struct Cursor<'a> {
    targets: &'a [SweepTarget],
    ways: Vec<Way>,
    turn: usize,
    pace: &'a Pace,
    runtime: Option<&'a Handle>,
    asked_at: Option<Instant>,
    /// Probes to try once more, for a reason of this machine's.
    pub(super) again: Vec<Probe>,
}

impl<'a> Cursor<'a> {
    /// Begins with every target's first port. A pace that is shared needs the runtime.
    pub(super) fn new(
        targets: &'a [SweepTarget],
        pace: &'a Pace,
        runtime: Option<&'a Handle>,
        now: Instant,
    ) -> Self {
        let way = || Way {
            at: 0,
            lease: None,
            ask_at: now,
        };
        Self {
            targets,
            ways: targets.iter().map(|_| way()).collect(),
            turn: 0,
            pace,
            runtime,
            asked_at: None,
            again: Vec::new(),
        }
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        if let Some(probe) = self.again.pop() {
            return Next::Probe(probe);
        }
        match self.look(now) {
            Next::Later(_) if self.ask(now) => self.look(Instant::now()),
            next => next,
        }
    }

    /// The next probe that has a place already.
    fn look(&mut self, now: Instant) -> Next {
        let mut earliest: Option<Instant> = None;
        for _ in 0..self.targets.len() {
            let target = self.turn;
            self.turn = (self.turn + 1) % self.targets.len();
            let (Some(swept), Some(way)) = (self.targets.get(target), self.ways.get_mut(target))
            else {
                continue;
            };
            let Some(port) = swept.ports.get(way.at).copied() else {
                continue;
            };
            let place = if self.pace.is_free() {
                now
            } else if let Some(place) = way.lease.as_mut().and_then(|lease| lease.next(now)) {
                place
            } else {
                way.lease = None;
                way.ask_at
            };
            let has_place = self.pace.is_free() || way.lease.is_some();
            if has_place && place <= now {
                way.at += 1;
                if let Some(lease) = &mut way.lease {
                    lease.step();
                }
                return Next::Probe(Probe {
                    target,
                    port,
                    local_failures: 0,
                });
            }
            earliest = Some(earliest.map_or(place, |other| other.min(place)));
        }
        earliest.map_or(Next::Done, Next::Later)
    }

    /// Asks for places where there are none left; whether it did.
    fn ask(&mut self, now: Instant) -> bool {
        if self.asked_at.is_some_and(|asked| now < asked + ASK_EVERY) {
            return false;
        }
        let at_once = self.pace.places_at_once();
        let mut wanted = Vec::new();
        let mut places = Vec::new();
        for (index, (target, way)) in self.targets.iter().zip(&self.ways).enumerate() {
            let left = target.ports.len().saturating_sub(way.at);
            if left > 0 && way.lease.is_none() && way.ask_at <= now {
                let left = u32::try_from(left).unwrap_or(u32::MAX);
                wanted.push(index);
                places.push((target.address, at_once.min(left)));
            }
        }
        if wanted.is_empty() {
            return false;
        }
        self.asked_at = Some(now);
        // Lines of this process answer at once; those in Redis need the runtime around us.
        let asking = self.pace.lease(&places);
        let answers = match self.runtime {
            Some(runtime) => runtime.block_on(asking),
            None => futures::executor::block_on(asking),
        };
        for (index, answer) in wanted.into_iter().zip(answers) {
            if let Some(way) = self.ways.get_mut(index) {
                match answer {
                    Leased::Lease(lease) => way.lease = Some(lease),
                    Leased::Later(until) => way.ask_at = until,
                }
            }
        }
        true
    }
}
