//! Order by the run's sequence number, not by arrival.
//!
//! A ledger that was signed can't be written again, so the order of arrival shows in it. What must
//! not depend on it is the truth: a late result of an older run never changes an exposure that a
//! newer run looked at, and what it saw is lost only if a newer run proved it gone.
use std::collections::BTreeMap;

use wt_exposure::{CellRun, CheckRef, PortSet, Settled, Subject, Transport};
use wt_model::AssetId;

use crate::{CheckKind, shows_gone};

/// One check on one host, whatever the port.
type Row = (AssetId, String, Transport, String);

/// Some ports of a row as one run settled them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    seq: i64,
    ports: PortSet,
    /// Strength and digest, when the cell by itself shows that nothing is there.
    gone: Option<(u8, String)>,
}

/// How the runs settled each cell. A service may hold only what settled at or after the run it is
/// about to apply: older rows decide nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Row, Vec<Entry>>);

impl Coverage {
    /// Notes that the run numbered `seq` settled these cells.
    pub fn record(&mut self, cells: &[CellRun], seq: i64) {
        for cell in cells {
            for check in &cell.checks {
                let host = cell.host.clone();
                let row = (cell.asset_id, host, cell.transport, check.id.clone());
                let settled = self.0.entry(row).or_default();
                let entry = Entry {
                    seq,
                    ports: cell.ports.clone(),
                    gone: proven_gone(cell, check),
                };
                // Kept sorted, so that equal coverage compares equal whatever the order of arrival.
                if let Err(at) = settled.binary_search(&entry) {
                    settled.insert(at, entry);
                }
            }
        }
    }

    /// Whether the run numbered `seq` or a newer one settled this cell.
    pub(crate) fn is_settled_since(&self, subject: &Subject, check_id: &str, seq: i64) -> bool {
        self.entries(subject, check_id)
            .any(|entry| entry.seq >= seq)
    }

    /// Whether a sighting of the run numbered `seq` says nothing new: that run settled the cell
    /// already, or a newer one proved what would have been seen gone, looking as hard by the same
    /// rules. A newer look that proved nothing does not hide it.
    pub(crate) fn disproves(
        &self,
        subject: &Subject,
        check: &CheckRef,
        strength: u8,
        seq: i64,
    ) -> bool {
        self.entries(subject, &check.id).any(|entry| {
            entry.seq == seq
                || entry.seq > seq
                    && entry.gone.as_ref().is_some_and(|(effort, digest)| {
                        *effort >= strength && *digest == check.digest
                    })
        })
    }

    fn entries(&self, subject: &Subject, check_id: &str) -> impl Iterator<Item = &Entry> {
        let row = (!self.0.is_empty()).then(|| {
            let host = subject.host.clone();
            (
                subject.asset_id,
                host,
                subject.transport,
                check_id.to_owned(),
            )
        });
        let settled = row.and_then(|row| self.0.get(&row));
        let port = subject.port;
        settled
            .into_iter()
            .flatten()
            .filter(move |entry| entry.ports.contains(port))
    }
}

fn proven_gone(cell: &CellRun, check: &CheckRef) -> Option<(u8, String)> {
    match cell.settled {
        Settled::Absent {
            control,
            reason,
            confirmed: true,
        } if shows_gone(CheckKind::of(&check.id), control, reason) => {
            Some((cell.strength, check.digest.clone()))
        }
        _ => None,
    }
}
