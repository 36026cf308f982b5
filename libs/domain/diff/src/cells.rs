//! The cells of a report and what each says about an exposure it does not list.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{
    AbsentReason, CellRun, InconclusiveReason, JobReport, Settled, Subject, Transport,
};
use wt_model::AssetId;

use crate::{CheckKind, Look, Observed};

/// One subject × one check, by reference.
pub(crate) type Cell<'a> = (AssetId, &'a str, Transport, u16, &'a str);

/// The cell of a subject and a check.
pub(crate) fn cell_of<'a>(subject: &'a Subject, check_id: &'a str) -> Cell<'a> {
    (
        subject.asset_id,
        &subject.host,
        subject.transport,
        subject.port,
        check_id,
    )
}

/// The cells of a report, to be found by subject and check.
#[derive(Debug)]
pub(crate) struct Cells<'a> {
    rows: BTreeMap<(AssetId, &'a str, Transport, &'a str), Vec<&'a CellRun>>,
    /// Hosts that answered anything.
    answered: BTreeSet<(AssetId, &'a str)>,
}

impl<'a> Cells<'a> {
    /// The cells of `report`.
    pub(crate) fn of(report: &'a JobReport) -> Self {
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
            if heard && !cell.is_empty() {
                answered.insert((cell.asset_id, cell.host.as_str()));
            }
        }
        Self { rows, answered }
    }

    /// The cell of a subject and a check, if the report planned it.
    pub(crate) fn find(&self, subject: &Subject, check_id: &str) -> Option<&'a CellRun> {
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
    pub(crate) fn unlisted(
        &self,
        cell: &'a CellRun,
        prior: &Observed,
        cell_speaks: bool,
    ) -> Look<'a> {
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
