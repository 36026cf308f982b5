//! Every metric of this service.

use prometheus_client::metrics::{
    counter::Counter, family::Family, gauge::Gauge, histogram::Histogram,
};
use wt_telemetry::Metrics as Registry;

/// Upper bounds of the dispatch latency in seconds: from a free worker to a long queue.
const DISPATCH_SECONDS: [f64; 10] = [0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 1_800.0];

type ByWord<M> = Family<[(&'static str, &'static str); 1], M>;

/// What an operator watches of the queue and its fence; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Metrics {
    jobs: ByWord<Gauge>,
    dispatch: Histogram,
    attempts: Counter,
    refused: ByWord<Counter>,
}

impl Metrics {
    /// Registers with the process's metrics.
    pub(crate) fn register(registry: &Registry) -> Self {
        let metrics = Self {
            jobs: Family::default(),
            dispatch: Histogram::new(DISPATCH_SECONDS),
            attempts: Counter::default(),
            refused: Family::default(),
        };
        let own = metrics.clone();
        registry.register(|to| {
            to.register(
                "wt_orchestrator_jobs",
                "Jobs of all organizations that have not ended, by state",
                own.jobs,
            );
            to.register(
                "wt_orchestrator_dispatch_seconds",
                "From a job's planning to its first attempt",
                own.dispatch,
            );
            to.register(
                "wt_orchestrator_attempts",
                "Attempts handed out",
                own.attempts,
            );
            to.register(
                "wt_orchestrator_fence_refusals",
                "News and claims the fence refused, by what they were",
                own.refused,
            );
        });
        metrics
    }

    /// Sets how many jobs are in each live state.
    pub(crate) fn jobs(&self, counts: &[(String, i64)]) {
        for state in ["queued", "running", "processing"] {
            let found = counts.iter().find(|(name, _)| name == state);
            let jobs = found.map_or(0, |(_, jobs)| *jobs);
            self.jobs.get_or_create(&[("state", state)]).set(jobs);
        }
    }

    /// Counts an attempt; the first one of a job tells how long the job waited.
    pub(crate) fn attempt_began(&self, attempt: i32, waited_seconds: f64) {
        self.attempts.inc();
        if attempt == 1 {
            self.dispatch.observe(waited_seconds);
        }
    }

    /// Counts what the fence refused: `claim`, `completed`, `failed` or `applied`.
    pub(crate) fn fence_refused(&self, what: &'static str) {
        self.refused.get_or_create(&[("what", what)]).inc();
    }
}
