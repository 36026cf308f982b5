//! An organization's history told again, from nothing (contracts §6).
//!
//! A ledger that was signed can't be written again, so what arrived late stays late in it. The
//! history is therefore told in the order in which it was taken, which is kept with every result,
//! withdrawal and packet; the order in which the stored payloads are read decides nothing.
use std::collections::{BTreeMap, BTreeSet};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wt_diff::{Applied, Observed, RunContext, State, Told, apply_told};
use wt_exposure::{ExposureKey, JobReport};
use wt_ledger::{Frontier, Hash, leaf_hash};
use wt_model::{AssetId, TenantKey};

use super::{
    import::Payload,
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
    /// Assets that were withdrawn, and the causes of it.
    withdrawn: BTreeMap<String, BTreeSet<String>>,
}

impl Retold {
    /// Nothing yet; `packets` are the leaves that belong to packets.
    pub(crate) fn new(tenant_key: TenantKey, packets: BTreeMap<u64, Hash>) -> Self {
        Self {
            tenant_key,
            state: State::default(),
            frontier: Frontier::default(),
            packets,
            withdrawn: BTreeMap::new(),
        }
    }

    /// Tells a result of a job that rested on these authorizations; gives how many transitions it
    /// led to.
    pub(crate) fn result(
        &mut self,
        report: &JobReport,
        authorization_ids: &[String],
        run: &RunContext,
        at: OffsetDateTime,
    ) -> Result<usize, time::error::Format> {
        let report = report.without_assets(&self.uncovered(report, authorization_ids));
        let applied = self.state.apply(&report, run);
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
        if what == Withdrawn::Asset {
            let causes = self.withdrawn.entry(of.to_owned()).or_default();
            causes.insert(cause.to_owned());
        }
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

    /// Tells an import; gives how many transitions it led to.
    pub(crate) fn import(
        &mut self,
        payload: &Payload,
        told: Told<'_>,
    ) -> Result<usize, time::error::Format> {
        let mut events = 0;
        for moment in &payload.moments {
            let seen: Vec<_> = moment
                .seen
                .iter()
                .map(|(key, o)| (key.clone(), o))
                .collect();
            let applied = apply_told(&self.state.exposures, &seen, told);
            for change in &applied.changes {
                let next = change.next.clone();
                self.state.exposures.insert(next.key.clone(), next);
            }
            events += self.append(&applied, moment.at)?;
        }
        Ok(events)
    }

    /// Assets of the report that its authorizations covered no longer when it was taken.
    fn uncovered(&self, report: &JobReport, authorization_ids: &[String]) -> BTreeSet<AssetId> {
        let ended = |asset: &AssetId| {
            let asset = asset.to_string();
            self.withdrawn.get(&asset).is_some_and(|causes| {
                causes.contains(&asset) || authorization_ids.iter().any(|id| causes.contains(id))
            })
        };
        let assets = report.cells.iter().map(|cell| cell.asset_id);
        assets.filter(ended).collect()
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
