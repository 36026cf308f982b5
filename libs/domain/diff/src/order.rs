//! Order by the run's sequence number, not by arrival.
use std::collections::BTreeMap;

use wt_exposure::{CellRun, PortSet, Subject, Transport};
use wt_model::AssetId;

/// One check on one host, whatever the port.
type Row = (AssetId, String, Transport, String);

/// Which run last settled each cell. A service may hold only what settled at or after the run
/// it is about to apply: older rows decide nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<Row, Vec<(i64, PortSet)>>);

impl Coverage {
    /// Notes that the run numbered `seq` settled these cells.
    pub fn record(&mut self, cells: &[CellRun], seq: i64) {
        for cell in cells {
            for check in &cell.checks {
                self.add(
                    cell.asset_id,
                    &cell.host,
                    cell.transport,
                    &check.id,
                    cell.ports.clone(),
                    seq,
                );
            }
        }
    }

    /// Notes that the run numbered `seq` settled one check on these ports of a host.
    pub fn add(
        &mut self,
        asset_id: AssetId,
        host: &str,
        transport: Transport,
        check_id: &str,
        ports: PortSet,
        seq: i64,
    ) {
        let row = (asset_id, host.to_owned(), transport, check_id.to_owned());
        let settled = self.0.entry(row).or_default();
        let entry = (seq, ports);
        // Kept sorted, so that equal coverage compares equal whatever the order of arrival.
        if let Err(at) = settled.binary_search(&entry) {
            settled.insert(at, entry);
        }
    }

    /// The newest run that settled this cell.
    pub fn newest(&self, subject: &Subject, check_id: &str) -> Option<i64> {
        if self.0.is_empty() {
            return None;
        }
        let row = (
            subject.asset_id,
            subject.host.clone(),
            subject.transport,
            check_id.to_owned(),
        );
        let settled = self.0.get(&row)?;
        settled
            .iter()
            .rev()
            .find(|(_, ports)| ports.contains(subject.port))
            .map(|(seq, _)| *seq)
    }
}
