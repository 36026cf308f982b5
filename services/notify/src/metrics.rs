//! Every metric of this service.

use prometheus_client::metrics::{counter::Counter, family::Family};
use wt_telemetry::Metrics as Registry;

/// `wt_notify_attempts_total{outcome}`: mails handed to the mail server. Outcomes: `sent`,
/// `later` (will be tried again), `failed` (given up).
#[derive(Debug, Clone, Default)]
pub(crate) struct Metrics {
    attempts: Family<[(&'static str, &'static str); 1], Counter>,
}

impl Metrics {
    /// Registers with the process's metrics.
    pub(crate) fn register(registry: &Registry) -> Self {
        let metrics = Self::default();
        let attempts = metrics.attempts.clone();
        registry.register(|to| {
            to.register(
                "wt_notify_attempts",
                "Mails handed to the mail server",
                attempts,
            );
        });
        metrics
    }

    /// Counts one attempt.
    pub(crate) fn attempted(&self, outcome: &'static str) {
        self.attempts.get_or_create(&[("outcome", outcome)]).inc();
    }
}
