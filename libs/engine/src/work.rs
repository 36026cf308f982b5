//! A job in units: hosts that are looked at together, and what came of them.
//!
//! A unit that is settled can be kept and, when the attempt is lost, be taken over by the next
//! one. Hosts are settled by themselves, so a report is the same whoever settled which of them.
use std::{collections::BTreeSet, ops::Range};

use tokio_util::sync::CancellationToken;
use wt_exposure::{CellRun, JobReport, NAME_PORT, Observation, ScopeDenial};

use crate::{
    Engine, EngineFault, JobSpec, ProgressSink,
    cells::{Plan, PlannedHost},
    check::{Check, catalogue},
    run::Run,
};

/// Hosts of one unit: as many as inspections are worth keeping, and few enough that a lost
/// attempt costs seconds. More, smaller units would wait more often for the last silent port.
pub const HOSTS_PER_UNIT: usize = 16;

/// What some hosts of a plan came to: each of their cells, once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettledUnit {
    /// Which hosts, by their place in the plan.
    pub hosts: Range<usize>,
    /// Their cells.
    pub cells: Vec<CellRun>,
    /// What the `present` ones saw.
    pub observations: Vec<Observation>,
    /// Connections the guard refused meanwhile.
    pub denials: Vec<ScopeDenial>,
    /// Whether the deadline left it alone: what was skipped is not to be kept.
    pub is_whole: bool,
}

/// A job under way, unit by unit.
pub struct Work<'a> {
    run: Run<'a>,
    plan: &'a Plan,
    units: Vec<Range<usize>>,
    /// One for one with `units`.
    settled: Vec<Option<SettledUnit>>,
    /// Refusals of the guard that are some unit's already.
    denied: BTreeSet<ScopeDenial>,
}

impl Engine {
    /// Begins a job; its deadline starts now. `plan` is [`Engine::plan`] of the same job, in
    /// units of at most `hosts_per_unit`. A job with tools is one unit: they look at its hosts
    /// together.
    pub fn begin<'a>(
        &'a self,
        job: &'a JobSpec,
        plan: &'a Plan,
        hosts_per_unit: usize,
        sink: &'a dyn ProgressSink,
        cancel: &'a CancellationToken,
    ) -> Work<'a> {
        let all = plan.hosts.len();
        let size = if job.tools.is_empty() {
            hosts_per_unit.max(1)
        } else {
            all.max(1)
        };
        let units: Vec<Range<usize>> = (0..all)
            .step_by(size)
            .map(|from| from..all.min(from + size))
            .collect();
        Work {
            run: Run::new(self, job, plan, sink, cancel),
            plan,
            settled: units.iter().map(|_| None).collect(),
            units,
            denied: BTreeSet::new(),
        }
    }
}

impl Work<'_> {
    /// Takes over what an earlier attempt settled. False, and nothing is taken over, when it is
    /// no unit of this plan, does not settle exactly the cells of one, or is there already.
    pub fn take_over(&mut self, unit: SettledUnit) -> bool {
        let place = self.units.iter().position(|hosts| *hosts == unit.hosts);
        let free = place
            .and_then(|at| self.settled.get_mut(at))
            .filter(|at| at.is_none());
        let (Some(free), Some(hosts)) = (free, self.plan.hosts.get(unit.hosts.clone())) else {
            return false;
        };
        if !unit.is_whole || !settles(hosts, &unit) {
            return false;
        }
        self.run.was_settled_before(cells_of(hosts));
        *free = Some(unit);
        true
    }

    /// Cells that are settled, by this attempt or before it.
    pub fn cells_settled(&self) -> u64 {
        self.settled
            .iter()
            .flatten()
            .flat_map(|unit| &unit.cells)
            .map(CellRun::len)
            .sum()
    }

    /// Units that are left.
    pub fn units_left(&self) -> usize {
        self.settled.iter().filter(|unit| unit.is_none()).count()
    }

    /// Settles the next unit; none when all are. Cells that the deadline leaves over settle as
    /// skipped.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`] within a few hundred milliseconds of a cancel.
    pub async fn next(&mut self) -> Result<Option<&SettledUnit>, EngineFault> {
        let place = self.settled.iter().position(Option::is_none);
        let Some((place, hosts)) = place.and_then(|at| Some((at, self.units.get(at)?.clone())))
        else {
            return Ok(None);
        };
        let cancel = self.run.cancel();
        let (cells, observations) = tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EngineFault::Cancelled),
            done = self.run.unit(hosts.clone()) => done?,
        };
        let denials = self.new_denials();
        let Some(settled) = self.settled.get_mut(place) else {
            return Ok(None);
        };
        Ok(Some(settled.insert(SettledUnit {
            hosts,
            cells,
            observations,
            denials,
            is_whole: !self.run.is_over(),
        })))
    }

    /// Settles what is left and puts the report together.
    ///
    /// # Errors
    /// [`EngineFault::Cancelled`], [`EngineFault::Accounting`].
    pub async fn finish(mut self) -> Result<JobReport, EngineFault> {
        while self.next().await?.is_some() {}
        let cancel = self.run.cancel();
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Err(EngineFault::Cancelled),
            () = self.run.close() => (),
        }
        let last = self.new_denials();
        let mut report = JobReport::default();
        let mut denials = BTreeSet::from_iter(last);
        for unit in self.settled.into_iter().flatten() {
            report.cells.extend(unit.cells);
            report.observations.extend(unit.observations);
            denials.extend(unit.denials);
        }
        report.denials = denials.into_iter().collect();
        let settled: u64 = report.cells.iter().map(CellRun::len).sum();
        if settled != self.plan.cells() {
            return Err(EngineFault::Accounting {
                planned: self.plan.cells(),
                settled,
            });
        }
        report.observations.sort_by(|a, b| {
            (&a.subject, &a.check, &a.discriminator).cmp(&(&b.subject, &b.check, &b.discriminator))
        });
        let seen: BTreeSet<&str> = report
            .observations
            .iter()
            .map(|observation| observation.check.id.as_str())
            .collect();
        report.checks = catalogue()
            .into_iter()
            .filter(|check| seen.contains(check.id))
            .map(Check::info)
            .collect();
        let templates = self.run.template_checks();
        report
            .checks
            .extend(seen.iter().filter_map(|id| templates.info(id)));
        Ok(report)
    }

    fn new_denials(&mut self) -> Vec<ScopeDenial> {
        let all = self.run.guard().denials();
        all.into_iter()
            .filter(|denial| self.denied.insert(denial.clone()))
            .collect()
    }
}

fn cells_of(hosts: &[PlannedHost]) -> u64 {
    hosts.iter().map(PlannedHost::cells).sum()
}

/// Whether a unit is about these hosts only, and settles as many of their planned cells as there
/// are.
fn settles(hosts: &[PlannedHost], unit: &SettledUnit) -> bool {
    let is_planned = |row: &CellRun| {
        hosts
            .iter()
            .filter(|host| host.asset_id == row.asset_id && host.host == row.host)
            .any(|host| has_cells(host, row))
    };
    let is_theirs = |seen: &Observation| {
        let place = &seen.subject;
        hosts
            .iter()
            .any(|host| host.asset_id == place.asset_id && host.host == place.host)
    };
    unit.cells.iter().map(CellRun::len).sum::<u64>() == cells_of(hosts)
        && unit.cells.iter().all(is_planned)
        && unit.observations.iter().all(is_theirs)
}

fn has_cells(host: &PlannedHost, row: &CellRun) -> bool {
    if row.ports.iter().eq([NAME_PORT]) {
        return row.checks.iter().all(|check| host.of_name.contains(check));
    }
    host.blocks.iter().any(|block| {
        row.ports.iter().all(|port| block.ports.contains(port))
            && row.checks.iter().all(|check| block.checks.contains(check))
    })
}
