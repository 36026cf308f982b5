//! An organization's history told again, from nothing (contracts §6).
//!
//! A ledger that was signed can't be written again, so what arrived late stays late in it. The
//! history is therefore told in the order in which it was taken, which is kept with every result,
//! withdrawal and packet; the order in which the stored payloads are read decides nothing.
use std::collections::BTreeMap;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_diff::{Applied, Observed, RunContext, State};
use wt_exposure::{ExposureKey, JobReport};
use wt_ledger::{Frontier, Hash, leaf_hash};
use wt_model::TenantKey;

use super::{
    leaf,
    withdrawal::{Withdrawn, withdraw},
};

/// A history as far as it was told.
#[derive(Debug)]
pub(crate) struct Retold {
    tenant_key: TenantKey,
    state: State,
    frontier: Frontier,
    /// Leaves that are no events, by their index: packets.
    packets: BTreeMap<u64, Hash>,
}

impl Retold {
    /// Nothing yet; `packets` are the leaves that belong to packets.
    pub(crate) fn new(tenant_key: TenantKey, packets: BTreeMap<u64, Hash>) -> Self {
        Self {
            tenant_key,
            state: State::default(),
            frontier: Frontier::default(),
            packets,
        }
    }

    /// Tells a result; gives how many transitions it led to.
    pub(crate) fn result(
        &mut self,
        report: &JobReport,
        run: &RunContext,
        at: OffsetDateTime,
    ) -> Result<usize, time::error::Format> {
        let applied = self.state.apply(report, run);
        self.append(&applied, at)
    }

    /// Tells a withdrawal; gives how many transitions it led to.
    pub(crate) fn withdrawal(
        &mut self,
        what: Withdrawn,
        of: &str,
        (cause, reason): (&str, &str),
        at: OffsetDateTime,
    ) -> Result<usize, time::error::Format> {
        let priors = self.state.exposures.values().filter(|o| match what {
            Withdrawn::Asset => o.subject.asset_id.to_string() == of,
            Withdrawn::Check => o.check.id == of,
        });
        let applied = withdraw(priors, what, cause, reason);
        for change in &applied.changes {
            let next = change.next.clone();
            self.state.exposures.insert(next.key.clone(), next);
        }
        self.append(&applied, at)
    }

    /// The tree and the exposures, after everything was told.
    pub(crate) fn end(mut self) -> (Frontier, BTreeMap<ExposureKey, Observed>) {
        self.append_packets();
        (self.frontier, self.state.exposures)
    }

    fn append(
        &mut self,
        applied: &Applied,
        at: OffsetDateTime,
    ) -> Result<usize, time::error::Format> {
        let at = at.format(&Rfc3339)?;
        self.append_packets();
        for event in &applied.events {
            let bytes = leaf::event(self.tenant_key, event, &at);
            self.frontier.append(leaf_hash(&bytes));
        }
        Ok(applied.events.len())
    }

    fn append_packets(&mut self) {
        while let Some(leaf) = self.packets.remove(&self.frontier.size()) {
            self.frontier.append(leaf);
        }
    }
}
