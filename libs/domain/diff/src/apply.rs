//! A whole report against everything it may touch.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{
    AbsentReason, CellRun, ExposureKey, InconclusiveReason, JobReport, NAME_PORT, Observation,
    Settled, Subject, Transport,
};
use wt_model::{AssetId, ExposureState, TenantKey};

use crate::{CheckKind, Coverage, Event, Look, Observed, RunContext, Step, step};

/// One exposure to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The state it had; none when it is new.
    pub from: Option<ExposureState>,
    /// What it is now.
    pub next: Observed,
}

/// What a report leads to: changes and events by ascending key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Exposures to write; the untouched ones are not here.
    pub changes: Vec<Change>,
    /// Transitions to append.
    pub events: Vec<Event>,
    /// Exposures that were not seen by a look too weak to close them.
    pub weaker: Vec<ExposureKey>,
    /// Observations of open exposures that were seen as they are known, by their index in the
    /// report: nothing to write.
    pub unchanged: Vec<usize>,
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

/// What a report sees, beside the report: identities, and what a caller found out about them
/// without loading the exposures.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The exposure of each observation.
    keys: Vec<ExposureKey>,
    /// Whether it is open and as it is known.
    as_known: Vec<bool>,
}

impl Seen {
    /// Derives the exposure of every observation of `report`.
    pub fn in_report(report: &JobReport, tenant_key: TenantKey) -> Self {
        let derive = |seen: &Observation| {
            let (subject, check) = (&seen.subject, &seen.check.id);
            ExposureKey::derive(tenant_key, subject, check, &seen.discriminator)
        };
        let keys: Vec<_> = report.observations.iter().map(derive).collect();
        Self {
            as_known: vec![false; keys.len()],
            keys,
        }
    }

    /// The exposure of each observation, in the report's order.
    pub fn keys(&self) -> &[ExposureKey] {
        &self.keys
    }

    /// Notes that the exposure of the observation at `index` is open, undoubted, last changed by
    /// an older run, and has the fingerprint, the severity, the title and the check's digest of
    /// the observation: the rule of [`Observed::is_as_known`], decided where the exposure is kept. It need not be among
    /// the priors then. Says nothing about an exposure that the report sees twice: which of the
    /// two counts is for [`apply`] to decide. Not for verify runs, which tell what they see.
    pub fn note_as_known(&mut self, indexes: impl IntoIterator<Item = usize>) {
        for index in indexes {
            if let Some(known) = self.as_known.get_mut(index) {
                *known = true;
            }
        }
    }
}

/// Applies `report`. `priors` must hold every exposure on the hosts of the report but those that
/// `seen` knows to be as they are known, `coverage` every cell of them that a run as new as this
/// one or newer has settled. Hosts must be spelled the one way (see
/// [`JobReport::with_folded_hosts`]).
///
/// An observation whose cell the report does not call present is not looked at: positive
/// evidence belongs to a planned, settled cell.
pub fn apply(
    priors: &BTreeMap<ExposureKey, Observed>,
    seen: &Seen,
    coverage: &Coverage,
    report: &JobReport,
    run: &RunContext,
) -> Applied {
    let cells = Cells::of(report);
    let mut applied = Applied::default();
    let mut looks: BTreeMap<&ExposureKey, Look<'_>> = BTreeMap::new();
    let mut speaking: BTreeSet<Cell<'_>> = BTreeSet::new();
    let observations = report.observations.iter().zip(&seen.keys);
    for (index, ((observation, key), as_known)) in observations.zip(&seen.as_known).enumerate() {
        let cell = cells.find(&observation.subject, &observation.check.id);
        if !cell.is_some_and(|cell| cell.settled == Settled::Present) {
            continue;
        }
        let subject = &observation.subject;
        speaking.insert(cell_of(subject, &observation.check.id));
        let look = Look::Present { observation, index };
        if *as_known {
            if !coverage.is_settled_since(subject, &observation.check.id, run.seq) {
                applied.unchanged.push(index);
            }
            continue;
        }
        let keep = looks.get(key).is_some_and(|other| match other {
            Look::Present {
                observation: other, ..
            } => speaks_for(other, observation),
            _ => false,
        });
        if !keep {
            looks.insert(key, look);
        }
    }
    for (key, prior) in priors {
        if looks.contains_key(key) {
            continue;
        }
        let id = cell_of(&prior.subject, &prior.check.id);
        if let Some(cell) = cells.find(&prior.subject, &prior.check.id) {
            looks.insert(key, cells.unlisted(cell, prior, speaking.contains(&id)));
        }
    }
    for (key, look) in looks {
        let prior = priors.get(key);
        if !is_late(prior, &look, coverage, run) {
            let written = applied.changes.len();
            applied.take(key, prior, step(key, prior, &look, run));
            if let Look::Present { index, .. } = look
                && written == applied.changes.len()
            {
                applied.unchanged.push(index);
            }
        }
    }
    applied.unchanged.sort_unstable();
    applied
}

/// Whether `one` is told of two observations of one exposure: two spellings of one place are one
/// finding. The worse one; between equals the order in the report must not decide.
fn speaks_for(one: &Observation, other: &Observation) -> bool {
    let rank = |seen: &'_ Observation| std::cmp::Reverse(seen.severity);
    (rank(one), &one.attributes, &one.title, &one.discriminator)
        <= (
            rank(other),
            &other.attributes,
            &other.title,
            &other.discriminator,
        )
}

/// Whether the look comes too late to count: for an exposure that is there, when this run or a
/// newer one settled its cell; for one that is not, when a newer run proved it gone.
fn is_late(
    prior: Option<&Observed>,
    look: &Look<'_>,
    coverage: &Coverage,
    run: &RunContext,
) -> bool {
    let live = prior.filter(|prior| {
        matches!(
            prior.state,
            ExposureState::Open | ExposureState::Unresponsive
        )
    });
    match (live, look) {
        (Some(prior), _) => coverage.is_settled_since(&prior.subject, &prior.check.id, run.seq),
        (None, Look::Present { observation, .. }) => coverage.disproves(
            &observation.subject,
            &observation.check,
            observation.strength,
            run.seq,
        ),
        (None, _) => false,
    }
}

/// One subject × one check, by reference.
type Cell<'a> = (AssetId, &'a str, Transport, u16, &'a str);

fn cell_of<'a>(subject: &'a Subject, check_id: &'a str) -> Cell<'a> {
    (
        subject.asset_id,
        &subject.host,
        subject.transport,
        subject.port,
        check_id,
    )
}

/// The cells of a report, to be found by subject and check.
struct Cells<'a> {
    rows: BTreeMap<(AssetId, &'a str, Transport, &'a str), Vec<&'a CellRun>>,
    /// Hosts that answered anything.
    answered: BTreeSet<(AssetId, &'a str)>,
}

impl<'a> Cells<'a> {
    fn of(report: &'a JobReport) -> Self {
        let mut rows: BTreeMap<_, Vec<&CellRun>> = BTreeMap::new();
        let mut answered = BTreeSet::new();
        for cell in &report.cells {
            for check in &cell.checks {
                rows.entry((
                    cell.asset_id,
                    cell.host.as_str(),
                    cell.transport,
                    check.id.as_str(),
                ))
                .or_default()
                .push(cell);
            }
            let heard = match cell.settled {
                Settled::Present => true,
                Settled::Absent { reason, .. } => reason != AbsentReason::NameGone,
                Settled::Inconclusive { .. } => false,
            };
            // What a name server says of a name is no sign of life of the host.
            let is_of_host = cell.ports.iter().any(|port| port != NAME_PORT);
            if heard && is_of_host {
                answered.insert((cell.asset_id, cell.host.as_str()));
            }
        }
        Self { rows, answered }
    }

    fn find(&self, subject: &Subject, check_id: &str) -> Option<&'a CellRun> {
        self.rows
            .get(&(
                subject.asset_id,
                subject.host.as_str(),
                subject.transport,
                check_id,
            ))?
            .iter()
            .copied()
            .find(|cell| cell.ports.contains(subject.port))
    }

    /// What its cell says about an exposure that no observation names. A present cell lists
    /// every finding, so one it does not list is absent, with the seen ones as its control; the
    /// engine repeats whole cells only, so a later run has to confirm.
    fn unlisted(&self, cell: &'a CellRun, prior: &Observed, cell_speaks: bool) -> Look<'a> {
        let digest = cell
            .checks
            .iter()
            .find(|check| check.id == prior.check.id)
            .map_or("", |check| check.digest.as_str());
        let strength = cell.strength;
        let inconclusive = |reason| Look::Inconclusive {
            reason,
            host_answered: self.answered.contains(&(cell.asset_id, cell.host.as_str())),
            strength,
            digest,
        };
        match cell.settled {
            Settled::Present if cell_speaks => Look::Absent {
                control: CheckKind::of(&prior.check.id).control(),
                reason: AbsentReason::NotThere,
                confirmed: false,
                strength,
                digest,
            },
            // Present, yet nothing is listed: the report contradicts itself.
            Settled::Present => inconclusive(InconclusiveReason::EngineError),
            Settled::Absent {
                control,
                reason,
                confirmed,
            } => Look::Absent {
                control,
                reason,
                confirmed,
                strength,
                digest,
            },
            Settled::Inconclusive { reason } => inconclusive(reason),
        }
    }
}
