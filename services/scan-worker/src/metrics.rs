//! Every metric of the worker.
use std::sync::Arc;

use prometheus_client::metrics::{counter::Counter, family::Family, gauge::Gauge};
use wt_telemetry::Metrics;

/// Counters of one process.
#[derive(Debug, Clone, Default)]
pub(crate) struct WorkerMetrics {
    /// Jobs by how they ended; `outcome` is one of `completed`, `failed`, `cancelled`, `refused`,
    /// `returned`, `not_granted`.
    jobs: Family<Vec<(&'static str, &'static str)>, Counter>,
    /// Jobs under way.
    pub(crate) running: Gauge,
    /// Cells settled in completed jobs.
    pub(crate) cells: Counter,
    /// Connections the scope guard refused.
    pub(crate) denials: Counter,
}

impl WorkerMetrics {
    /// Registers them.
    pub(crate) fn register(metrics: &Metrics) -> Arc<Self> {
        let own = Self::default();
        metrics.register(|registry| {
            registry.register("wt_worker_jobs", "Jobs by how they ended", own.jobs.clone());
            registry.register(
                "wt_worker_jobs_running",
                "Jobs under way",
                own.running.clone(),
            );
            registry.register("wt_worker_cells", "Cells settled", own.cells.clone());
            registry.register(
                "wt_worker_scope_denials",
                "Connections the scope guard refused",
                own.denials.clone(),
            );
        });
        Arc::new(own)
    }

    /// Counts a job.
    pub(crate) fn job_ended(&self, outcome: &'static str) {
        self.jobs.get_or_create(&vec![("outcome", outcome)]).inc();
    }
}
