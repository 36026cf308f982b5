//! The names of a run: asked about while its ports are swept.
use std::collections::BTreeSet;

use futures::{StreamExt, stream};
use wt_exposure::{InconclusiveReason, NAME_PORT, Settled};

use super::Run;
use crate::{
    LogLevel, Stage,
    cells::PlannedHost,
    host::Outcome,
    naming::{NameTask, settle_name},
    probe::NameInspector,
};

/// Names asked about at once: their name servers are few, and the operator's.
const NAMES_AT_ONCE: usize = 8;

impl<'a> Run<'a> {
    /// How the cells of names settled, by the host's index among these. What the deadline leaves
    /// over is not here, and skipped.
    pub(super) async fn names(&self, hosts: &'a [PlannedHost]) -> Vec<(usize, Outcome)> {
        let inspector = NameInspector { guard: &self.guard };
        // Made before they are streamed, as in `resolve`.
        let asked: Vec<_> = hosts
            .iter()
            .enumerate()
            .filter(|(_, planned)| !planned.of_name.is_empty())
            .map(|(index, planned)| self.name(&inspector, index, planned))
            .collect();
        let mut outcomes = stream::iter(asked).buffer_unordered(NAMES_AT_ONCE);
        let mut settled = Vec::new();
        while let Ok(Some(outcome)) = tokio::time::timeout_at(self.deadline, outcomes.next()).await
        {
            settled.push(outcome);
        }
        settled
    }

    async fn name(
        &self,
        inspector: &NameInspector<'_>,
        index: usize,
        planned: &'a PlannedHost,
    ) -> (usize, Outcome) {
        let none = BTreeSet::new();
        let place = (planned.asset_id, planned.host.as_str(), NAME_PORT);
        let (templates, own) = self.divide(&planned.of_name);
        let task = NameTask {
            asset_id: planned.asset_id,
            name: &planned.host,
            checks: &own,
            known: self.known.get(&place).unwrap_or(&none),
            strength: self.job.strength,
            policy: self.job.policy,
        };
        let mut outcome = settle_name(inspector, &task).await;
        self.look_at_name_by_templates(inspector, &task, &templates, &mut outcome)
            .await;
        let seen: Vec<&str> = outcome.seen.iter().map(String::as_str).collect();
        let text = if seen.is_empty() {
            "nothing found".to_owned()
        } else {
            seen.join(", ")
        };
        self.line(LogLevel::Info, &format!("{} dns: {text}", planned.host));
        let is_left_alone = outcome.settled.values().any(|settled| {
            let reason = InconclusiveReason::OutOfScope;
            *settled == Settled::Inconclusive { reason }
        });
        if is_left_alone {
            let text = format!(
                "{}: its zone was not asked for, because its name servers are not in the scope",
                planned.host
            );
            self.line(LogLevel::Info, &text);
        }
        let cells = u64::try_from(planned.of_name.len()).unwrap_or(u64::MAX);
        self.progress(Stage::Names, &planned.host, cells);
        (index, outcome)
    }
}
