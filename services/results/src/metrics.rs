//! Every metric of this service: name, unit, labels and their closed sets of values.

use crate::events::apply_result::{Settlement, Verdict};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family},
};

/// How a result was settled: `applied` or `refused`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Settled {
    outcome: &'static str,
}

/// What was taken away by the plan: `events`, `evidence`, `results` or `trend_days`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Pruned {
    what: &'static str,
}

/// Handles on the metrics; cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    /// `wt_results_settled_total{outcome}`: results applied or refused; deliveries that found
    /// theirs settled already count again.
    settled: Family<Settled, Counter>,
    /// `wt_results_events_total`: transitions committed.
    events: Counter,
    /// `wt_results_pruned_total{what}`: rows, and stored results, that no plan keeps any more.
    pruned: Family<Pruned, Counter>,
}

impl Metrics {
    /// Adds the metrics to the process's registry.
    pub(crate) fn register(registry: &wt_telemetry::Metrics) -> Self {
        let metrics = Self::default();
        registry.register(|registry| {
            registry.register(
                "wt_results_settled",
                "Results applied or refused",
                metrics.settled.clone(),
            );
            registry.register(
                "wt_results_events",
                "Transitions of exposures committed",
                metrics.events.clone(),
            );
            registry.register(
                "wt_results_pruned",
                "History taken away at the end of its term",
                metrics.pruned.clone(),
            );
        });
        metrics
    }

    /// Counts what was taken away.
    pub(crate) fn pruned(&self, what: &'static str, count: i64) {
        let count = u64::try_from(count).unwrap_or_default();
        self.pruned.get_or_create(&Pruned { what }).inc_by(count);
    }

    /// Counts a settled result and the transitions it led to.
    pub(crate) fn settled(&self, settlement: &Settlement, events: usize) {
        let accepted = &settlement.accepted;
        let outcome = match &settlement.verdict {
            Verdict::Apply { .. } => "applied",
            Verdict::Refuse(_) => "refused",
        };
        self.settled.get_or_create(&Settled { outcome }).inc();
        self.events
            .inc_by(u64::try_from(events).unwrap_or(u64::MAX));
        tracing::info!(job_id = %accepted.job_id, run_id = %accepted.run_id, outcome, events, "result settled");
    }
}
