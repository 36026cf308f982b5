//! Every metric of this service.

use prometheus_client::metrics::{counter::Counter, family::Family};
use wt_telemetry::Metrics as Registry;

/// `wt_reports_total{state}`: reports settled. States: `ready`, `failed`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    settled: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Registers with the process's metrics.
    pub(crate) fn register(registry: &Registry) -> Self {
        let metrics = Self::default();
        let settled = metrics.settled.clone();
        registry.register(|to| to.register("wt_reports", "Reports settled", settled));
        metrics
    }

    /// Counts one report.
    pub(crate) fn settled(&self, state: &'static str) {
        self.settled.get_or_create(&[("state", state)]).inc();
    }
}
