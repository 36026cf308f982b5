//! Which probe of a sweep comes next: one target after the other, each at its own pace.
use std::time::{Duration, Instant};

use super::sweep::SweepTarget;

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

/// Hands out probes, one target after the other, at each target's pace.
pub(super) struct Cursor<'a> {
    pub(super) targets: &'a [SweepTarget],
    pub(super) at: Vec<usize>,
    pub(super) ready: Vec<Instant>,
    pub(super) turn: usize,
    pub(super) interval: Duration,
    pub(super) again: Vec<Probe>,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(targets: &'a [SweepTarget], per_second: u32, now: Instant) -> Self {
        Self {
            targets,
            at: vec![0; targets.len()],
            ready: vec![now; targets.len()],
            turn: 0,
            interval: Duration::from_secs(1)
                .checked_div(per_second)
                .unwrap_or_default(),
            again: Vec::new(),
        }
    }

    pub(super) fn next(&mut self, now: Instant) -> Next {
        if let Some(probe) = self.again.pop() {
            return Next::Probe(probe);
        }
        let mut earliest: Option<Instant> = None;
        for _ in 0..self.targets.len() {
            let target = self.turn;
            self.turn = (self.turn + 1) % self.targets.len();
            let port = self
                .targets
                .get(target)
                .zip(self.at.get(target))
                .and_then(|(swept, at)| swept.ports.get(*at).copied());
            let (Some(at), Some(ready), Some(port)) =
                (self.at.get_mut(target), self.ready.get_mut(target), port)
            else {
                continue;
            };
            if self.interval.is_zero() || *ready <= now {
                *at += 1;
                *ready = (*ready).max(now) + self.interval;
                return Next::Probe(Probe {
                    target,
                    port,
                    local_failures: 0,
                });
            }
            earliest = Some(earliest.map_or(*ready, |other| other.min(*ready)));
        }
        earliest.map_or(Next::Done, Next::Later)
    }
}
