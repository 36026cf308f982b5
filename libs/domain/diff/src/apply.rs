//! A whole report against everything it may touch.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{ExposureKey, JobReport};
use wt_model::ExposureState;

use crate::{
    Coverage, Event, Look, Observed, RunContext, Step, cells::cell_of, sightings::Sightings, step,
};

/// One exposure to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The state it had; none when it is new.
    pub from: Option<ExposureState>,
    /// What it is now.
    pub next: Observed,
}

/// What a report leads to, by ascending key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Exposures to write; the untouched ones are not here.
    pub changes: Vec<Change>,
    /// Transitions to append.
    pub events: Vec<Event>,
    /// Exposures that were not seen by a look too weak to close them.
    pub weaker: Vec<ExposureKey>,
    /// Open exposures that were seen as they are known: nothing to write.
    pub unchanged: Vec<ExposureKey>,
}

impl Applied {
    fn take(&mut self, key: &ExposureKey, prior: Option<&Observed>, step: Step) {
        let from = prior.map(|prior| prior.state);
        match step {
            Step::Nothing => {}
            Step::Weaker => self.weaker.push(key.clone()),
            Step::Tell(event) => self.events.push(*event),
            Step::Write(next) => self.changes.push(Change { from, next }),
            Step::Become(next, event) => {
                self.changes.push(Change { from, next });
                self.events.push(*event);
            }
        }
    }
}

/// Applies `report`. `priors` must hold every exposure on the hosts of the report, `coverage`
/// every cell of them that a run as new as this one or newer has settled.
///
/// An observation whose cell the report does not call present is not looked at: positive
/// evidence belongs to a planned, settled cell.
pub fn apply(
    priors: &BTreeMap<ExposureKey, Observed>,
    coverage: &Coverage,
    report: &JobReport,
    run: &RunContext,
) -> Applied {
    let sightings = Sightings::of(report, run);
    apply_delta(priors, &BTreeSet::new(), coverage, report, &sightings, run)
}

/// As [`apply`], for a caller that knows already which sightings meet an exposure they leave as
/// it is ([`is_untouched`](crate::is_untouched)): those are named in `untouched` and need not be
/// in `priors`, which makes a large result cost what its delta costs.
pub fn apply_delta(
    priors: &BTreeMap<ExposureKey, Observed>,
    untouched: &BTreeSet<ExposureKey>,
    coverage: &Coverage,
    report: &JobReport,
    sightings: &Sightings<'_>,
    run: &RunContext,
) -> Applied {
    let mut looks: BTreeMap<&ExposureKey, Look<'_>> = BTreeMap::new();
    for (key, seen) in &sightings.by_key {
        if let Some(observation) = report.observations.get(seen.index)
            && !untouched.contains(key)
        {
            let index = seen.index;
            looks.insert(key, Look::Present { observation, index });
        }
    }
    for (key, prior) in priors {
        if sightings.by_key.contains_key(key) {
            continue;
        }
        let id = cell_of(&prior.subject, &prior.check.id);
        let cells = &sightings.cells;
        if let Some(cell) = cells.find(&prior.subject, &prior.check.id) {
            let speaks = sightings.speaking.contains(&id);
            looks.insert(key, cells.unlisted(cell, prior, speaks));
        }
    }
    let mut applied = Applied::default();
    for (key, look) in looks {
        let prior = priors.get(key);
        if !is_late(prior, &look, coverage, run) {
            let written = applied.changes.len();
            applied.take(key, prior, step(key, prior, &look, run));
            let seen = matches!(look, Look::Present { .. });
            if seen && written == applied.changes.len() {
                applied.unchanged.push(key.clone());
            }
        }
    }
    applied.unchanged.extend(untouched.iter().cloned());
    if !untouched.is_empty() {
        applied.unchanged.sort();
    }
    applied
}

/// Whether this run or a newer one already settled the cell.
fn is_late(
    prior: Option<&Observed>,
    look: &Look<'_>,
    coverage: &Coverage,
    run: &RunContext,
) -> bool {
    let settled = match (look, prior) {
        (Look::Present { observation, .. }, _) => {
            coverage.newest(&observation.subject, &observation.check.id)
        }
        (_, Some(prior)) => coverage.newest(&prior.subject, &prior.check.id),
        (_, None) => None,
    };
    settled.is_some_and(|seq| seq >= run.seq)
}
