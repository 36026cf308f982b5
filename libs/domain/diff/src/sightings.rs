//! What a report saw, by exposure: worked out once for classifying and for applying it.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{ExposureKey, Fingerprint, JobReport, Settled};
use wt_model::{ExposureState, RunKind};

use crate::{
    Observed, RunContext,
    cells::{Cell, Cells, cell_of},
};

/// One exposure as a report saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sighting {
    /// Index of the observation in the report.
    pub index: usize,
    /// Fingerprint of its attributes.
    pub fingerprint: Fingerprint,
}

/// Everything a report saw in a cell that it calls present.
#[derive(Debug)]
pub struct Sightings<'a> {
    /// By identity.
    pub by_key: BTreeMap<ExposureKey, Sighting>,
    /// Cells of which at least one finding is listed.
    pub(crate) speaking: BTreeSet<Cell<'a>>,
    pub(crate) cells: Cells<'a>,
}

impl<'a> Sightings<'a> {
    /// What `report` saw in the organization of `run`. Two spellings of one place are one
    /// finding: the worse one, then the first.
    pub fn of(report: &'a JobReport, run: &RunContext) -> Self {
        let cells = Cells::of(report);
        let mut by_key: BTreeMap<ExposureKey, Sighting> = BTreeMap::new();
        let mut speaking = BTreeSet::new();
        for (index, observation) in report.observations.iter().enumerate() {
            let (subject, check) = (&observation.subject, &observation.check.id);
            let cell = cells.find(subject, check);
            if !cell.is_some_and(|cell| cell.settled == Settled::Present) {
                continue;
            }
            speaking.insert(cell_of(subject, check));
            let key =
                ExposureKey::derive(run.tenant_key, subject, check, &observation.discriminator);
            let as_bad = by_key
                .get(&key)
                .and_then(|first| report.observations.get(first.index))
                .is_some_and(|first| first.severity >= observation.severity);
            if !as_bad {
                let fingerprint = Fingerprint::of(&observation.attributes);
                by_key.insert(key, Sighting { index, fingerprint });
            }
        }
        Self {
            by_key,
            speaking,
            cells,
        }
    }
}

/// Whether seeing `prior` with this fingerprint and by these rules leaves nothing to write and
/// nothing to tell. The results service asks the same in SQL, of a whole result at once.
pub fn is_untouched(
    prior: &Observed,
    fingerprint: &Fingerprint,
    check_digest: &str,
    run: &RunContext,
) -> bool {
    run.kind != RunKind::Verify
        && prior.state == ExposureState::Open
        && prior.gone_seq.is_none()
        && prior.seq < run.seq
        && prior.fingerprint == *fingerprint
        && prior.check.digest == check_digest
}
