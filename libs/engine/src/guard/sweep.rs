//! TCP connect sweep below tokio: non-blocking sockets over epoll, reused after a refusal.
//!
//! Most of the cost of a connect scan is `socket()` and `close()`. Linux lets a socket whose connect
//! was refused connect again, and the second `connect()` also reports the outcome of the first, so
//! a closed port costs two system calls and no allocation.
use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};

use mio::{Events, Poll};
use tokio::runtime::Handle;
use wt_exposure::PortSet;
use wt_scope::{Network, Scope};

use super::{
    Guard, GuardSetting, Names, ResolverSetting,
    cursor::{Cursor, Next, Probe},
    pace::{Lines, Pace},
    slot::{Slot, Step},
};

/// Events taken from the kernel at once.
const EVENTS_AT_ONCE: usize = 1_024;
/// Longest sleep between looks at the stop flag; a cancel must take effect in under 2 s.
const STOP_CHECK: Duration = Duration::from_millis(100);
/// Peeks in vain after which a slow path is assumed and the extra call is saved.
const PEEKS_IN_VAIN_MAX: u32 = 64;
/// Tries of one probe that failed for a local reason (no free source port).
const LOCAL_FAILURES_MAX: u8 = 20;

/// Bounds of one sweep.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SweepSetting {
    /// Most sockets in flight.
    pub(crate) in_flight_max: usize,
    /// How long silence is waited for. Longer than the kernel's first SYN retransmission (1 s):
    /// a shorter wait loses open ports behind short accept queues.
    pub(crate) patience: Duration,
}

/// What to sweep at one address.
#[derive(Debug, Clone)]
pub(crate) struct SweepTarget {
    /// The address.
    pub(crate) address: IpAddr,
    /// Ports in the order they are tried.
    pub(crate) ports: Vec<u16>,
}

/// What a port said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PortState {
    /// The handshake completed.
    Open,
    /// RST.
    Closed,
    /// Nothing within the patience.
    Silent,
    /// The network said there is no way.
    Unreachable,
    /// This machine could not try.
    Failed,
}

struct Sweep<'a> {
    targets: &'a [SweepTarget],
    poll: Poll,
    slots: Vec<Slot>,
    free: Vec<usize>,
    deadlines: VecDeque<(usize, u32, Instant)>,
    results: Vec<Vec<(u16, PortState)>>,
    peeks_in_vain: u32,
    patience: Duration,
    in_flight: usize,
}

/// Sweeps all targets at once; blocks. Ports missing from the answer were not tried (`stop`).
pub(super) fn sweep(
    targets: &[SweepTarget],
    setting: SweepSetting,
    (pace, runtime): (&Pace, Option<&Handle>),
    stop: &dyn Fn() -> bool,
) -> Vec<Vec<(u16, PortState)>> {
    let Ok(poll) = Poll::new() else {
        return targets.iter().map(|t| all(t, PortState::Failed)).collect();
    };
    let width = setting
        .in_flight_max
        .min(descriptors_to_use())
        .min(targets.iter().map(|t| t.ports.len()).sum::<usize>())
        .max(1);
    let mut sweep = Sweep {
        targets,
        poll,
        slots: (0..width).map(|_| Slot::default()).collect(),
        free: (0..width).rev().collect(),
        deadlines: VecDeque::new(),
        results: targets
            .iter()
            .map(|t| Vec::with_capacity(t.ports.len()))
            .collect(),
        peeks_in_vain: 0,
        patience: setting.patience,
        in_flight: 0,
    };
    sweep.run(Cursor::new(targets, pace, runtime, Instant::now()), stop);
    sweep.results
}

fn all(target: &SweepTarget, state: PortState) -> Vec<(u16, PortState)> {
    target.ports.iter().map(|port| (*port, state)).collect()
}

/// Half of the soft limit on open files: the rest belongs to the process around us.
fn descriptors_to_use() -> usize {
    const UNKNOWN: usize = 512;
    std::fs::read_to_string("/proc/self/limits")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|l| l.starts_with("Max open files"))?;
            line.split_whitespace().nth(3)?.parse::<usize>().ok()
        })
        .map_or(UNKNOWN, |limit| limit / 2)
}

impl Sweep<'_> {
    fn run(&mut self, mut cursor: Cursor<'_>, stop: &dyn Fn() -> bool) {
        let mut events = Events::with_capacity(EVENTS_AT_ONCE);
        let mut settled_since_look = 0_u32;
        loop {
            if stop() {
                return;
            }
            let mut later = None;
            let mut is_done = false;
            while let Some(index) = self.free.pop() {
                match cursor.next(Instant::now()) {
                    Next::Probe(probe) => {
                        if !self.start(index, probe, &mut cursor) {
                            break;
                        }
                        settled_since_look += 1;
                        if settled_since_look.is_multiple_of(1_024) {
                            break; // Look at events and the stop flag from time to time.
                        }
                    }
                    Next::Later(when) => {
                        self.free.push(index);
                        later = Some(when);
                        break;
                    }
                    Next::Done => {
                        self.free.push(index);
                        is_done = true;
                        break;
                    }
                }
            }
            if is_done && self.in_flight == 0 {
                return;
            }
            let has_work_now = !is_done && later.is_none() && !self.free.is_empty();
            let timeout = if has_work_now {
                Duration::ZERO
            } else {
                self.patience_left(later)
            };
            if self.in_flight == 0 && has_work_now {
                continue;
            }
            // An interrupted wait is a short wait.
            let _ = self.poll.poll(&mut events, Some(timeout));
            for event in &events {
                self.conclude(event.token().0, &mut cursor);
            }
            self.expire(Instant::now());
        }
    }

    fn patience_left(&self, later: Option<Instant>) -> Duration {
        let now = Instant::now();
        let deadline = self.deadlines.front().map(|(_, _, at)| *at);
        [deadline, later]
            .into_iter()
            .flatten()
            .map(|at| at.saturating_duration_since(now))
            .fold(STOP_CHECK, Duration::min)
            // epoll counts milliseconds; rounding down would spin.
            .max(Duration::from_millis(1))
    }

    /// Starts a probe in a free slot. False when there was no socket to be had.
    fn start(&mut self, index: usize, probe: Probe, cursor: &mut Cursor<'_>) -> bool {
        let Some(address) = self.address_of(probe) else {
            self.free.push(index);
            return true;
        };
        let should_peek = self.peeks_in_vain < PEEKS_IN_VAIN_MAX;
        let step = self
            .slots
            .get_mut(index)
            .map_or(Step::NoSocket, |slot| slot.connect(address, should_peek));
        match step {
            Step::Settled(state) => {
                self.peeks_in_vain = 0;
                self.settle(index, probe, state);
                true
            }
            Step::Pending => {
                self.peeks_in_vain = self.peeks_in_vain.saturating_add(1);
                self.wait_for(index, probe);
                true
            }
            Step::Again => {
                self.try_again(index, probe, cursor);
                true
            }
            Step::NoSocket => {
                self.shrink(index, probe, cursor);
                false
            }
        }
    }

    fn wait_for(&mut self, index: usize, probe: Probe) {
        let Some(slot) = self.slots.get_mut(index) else {
            return;
        };
        if !slot.register(&self.poll, index) {
            slot.discard();
            self.settle(index, probe, PortState::Failed);
            return;
        }
        slot.pending = Some(probe);
        slot.generation = slot.generation.wrapping_add(1);
        self.in_flight += 1;
        self.deadlines
            .push_back((index, slot.generation, Instant::now() + self.patience));
    }

    fn conclude(&mut self, index: usize, cursor: &mut Cursor<'_>) {
        let Some(probe) = self.slots.get(index).and_then(|slot| slot.pending) else {
            return;
        };
        let (Some(address), Some(slot)) = (self.address_of(probe), self.slots.get_mut(index))
        else {
            return;
        };
        let step = slot.outcome(address);
        if !matches!(step, Step::Pending) {
            slot.pending = None;
            self.in_flight = self.in_flight.saturating_sub(1);
        }
        match step {
            Step::Settled(state) => self.settle(index, probe, state),
            Step::Again | Step::NoSocket => self.try_again(index, probe, cursor),
            Step::Pending => {}
        }
    }

    fn expire(&mut self, now: Instant) {
        while let Some((index, generation, at)) = self.deadlines.front().copied() {
            let pending = self
                .slots
                .get(index)
                .filter(|slot| slot.generation == generation)
                .and_then(|slot| slot.pending);
            if pending.is_some() && at > now {
                return;
            }
            self.deadlines.pop_front();
            if let (Some(probe), Some(slot)) = (pending, self.slots.get_mut(index)) {
                slot.discard();
                self.in_flight = self.in_flight.saturating_sub(1);
                self.settle(index, probe, PortState::Silent);
            }
        }
    }

    fn settle(&mut self, index: usize, probe: Probe, state: PortState) {
        if let Some(results) = self.results.get_mut(probe.target) {
            results.push((probe.port, state));
        }
        self.free.push(index);
    }

    fn try_again(&mut self, index: usize, probe: Probe, cursor: &mut Cursor<'_>) {
        if probe.local_failures >= LOCAL_FAILURES_MAX {
            self.settle(index, probe, PortState::Failed);
            return;
        }
        cursor.again.push(Probe {
            local_failures: probe.local_failures + 1,
            ..probe
        });
        self.free.push(index);
    }

    /// Retires a slot for which no descriptor was left; the last one must fail the probe.
    fn shrink(&mut self, index: usize, probe: Probe, cursor: &mut Cursor<'_>) {
        if self.in_flight == 0 && self.free.is_empty() {
            self.try_again(index, probe, cursor);
        } else {
            cursor.again.push(probe);
        }
    }

    fn address_of(&self, probe: Probe) -> Option<SocketAddr> {
        self.targets
            .get(probe.target)
            .map(|target| SocketAddr::new(target.address, probe.port))
    }
}

/// What a sweep of one address found, for the command line and the benchmark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Ports that accepted.
    pub open: PortSet,
    /// Ports that reset.
    pub closed: PortSet,
    /// Ports that gave no answer, or none that could be had.
    pub silent: PortSet,
}

/// Sweeps the ports of `scope` at each address that lies in it; blocks until all have answered or
/// stayed silent for `patience`. One report for each address.
pub fn sweep_ports(
    scope: Scope,
    allowed: Vec<Network>,
    addresses: &[IpAddr],
    in_flight_max: usize,
    patience: Duration,
) -> Vec<SweepReport> {
    let ports = scope.ports.clone();
    let guard = Guard::new(
        GuardSetting {
            scope,
            allowed,
            per_second: 0,
            connect_timeout: patience,
            lines: Lines::Own(std::sync::Arc::default()),
        },
        Names::new(&ResolverSetting::default()),
    );
    let targets: Vec<(String, SweepTarget)> = addresses
        .iter()
        .map(|address| {
            let target = SweepTarget {
                address: *address,
                ports: ports.iter().collect(),
            };
            (address.to_string(), target)
        })
        .collect();
    let setting = guard.sweep_setting(in_flight_max);
    let found = guard.sweep(&targets, setting, None, &|| false);
    found.iter().map(|states| report_of(states)).collect()
}

fn report_of(states: &[(u16, PortState)]) -> SweepReport {
    let of = |wanted: &[PortState]| -> PortSet {
        states
            .iter()
            .filter(|(_, state)| wanted.contains(state))
            .map(|(port, _)| *port)
            .collect()
    };
    SweepReport {
        open: of(&[PortState::Open]),
        closed: of(&[PortState::Closed]),
        silent: of(&[PortState::Silent, PortState::Unreachable, PortState::Failed]),
    }
}
