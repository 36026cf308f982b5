//! `JetStream` streams and durable consumers (contracts §9): declared once, created idempotently.
use std::time::Duration;

use wt_model::{Pool, PoolId};

use crate::subject::scan_requested;

/// How long a stream keeps messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Until one consumer acknowledged them.
    WorkQueue,
    /// Until they are this old.
    Limits(Duration),
}

/// Settings of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    /// Name.
    pub name: &'static str,
    /// Subjects it captures.
    pub subjects: &'static [&'static str],
    /// Retention.
    pub retention: Retention,
    /// Kept in memory: lost with the server, never truth.
    pub memory: bool,
}

/// Settings of one durable pull consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consumer {
    /// Stream it reads.
    pub stream: &'static Stream,
    /// Durable name.
    pub name: &'static str,
    /// Subjects of the stream it wants; empty for all.
    pub subjects: &'static [&'static str],
    /// Silence after which a delivery counts as lost; in-progress acks extend it.
    pub ack_wait: Duration,
    /// Most messages handled at once by one process.
    pub concurrency: usize,
    /// Whether whoever runs it may touch nothing else of the broker: it makes no streams, and the
    /// one subject it wants is part of the request that makes it, where the broker's permissions
    /// can see it.
    pub confined: bool,
}

const DAY: u64 = 24 * 60 * 60;

/// Signed jobs.
pub static SCAN_JOBS: Stream = Stream {
    name: "SCAN_JOBS",
    subjects: &["scan.requested.*"],
    retention: Retention::WorkQueue,
    memory: false,
};
/// What became of jobs and runs.
pub static SCAN_EVENTS: Stream = Stream {
    name: "SCAN_EVENTS",
    subjects: &[
        "scan.completed",
        "scan.failed",
        "scan.cancelled",
        "scan.accepted",
        "scan.applied",
        "run.changed",
    ],
    retention: Retention::Limits(Duration::from_secs(7 * DAY)),
    memory: false,
};
/// Progress of running jobs.
pub static SCAN_PROGRESS: Stream = Stream {
    name: "SCAN_PROGRESS",
    subjects: &["scan.progress.*.*"],
    retention: Retention::Limits(Duration::from_mins(15)),
    memory: true,
};
/// Committed transitions of exposures.
pub static EXPOSURES: Stream = Stream {
    name: "EXPOSURES",
    subjects: &["exposure.*.*"],
    retention: Retention::Limits(Duration::from_secs(7 * DAY)),
    memory: false,
};
/// Everything else that happened.
pub static DOMAIN: Stream = Stream {
    name: "DOMAIN",
    subjects: &[
        "asset.*",
        "authorization.*",
        "tenant.*",
        "subscription.*",
        "report.*",
    ],
    retention: Retention::Limits(Duration::from_secs(7 * DAY)),
    memory: false,
};
/// Who did what, on its way to the one place that keeps it. Longer than other news: an outage of
/// the keeper must not cost a record.
pub static AUDIT: Stream = Stream {
    name: "AUDIT",
    subjects: &["audit.recorded"],
    retention: Retention::Limits(Duration::from_secs(30 * DAY)),
    memory: false,
};
/// What could not be handled.
pub static DLQ: Stream = Stream {
    name: "DLQ",
    subjects: &["dlq.>"],
    retention: Retention::Limits(Duration::from_secs(30 * DAY)),
    memory: false,
};

/// Every stream of the platform.
pub static STREAMS: [&Stream; 7] = [
    &SCAN_JOBS,
    &SCAN_EVENTS,
    &SCAN_PROGRESS,
    &EXPOSURES,
    &DOMAIN,
    &AUDIT,
    &DLQ,
];

const EVENT_ACK_WAIT: Duration = Duration::from_secs(30);

/// Workers of the shared pool. 30 s of silence means the worker is gone (promises P3).
pub static SCAN_WORKERS_SHARED: Consumer = Consumer {
    stream: &SCAN_JOBS,
    name: "scan-workers-shared",
    subjects: &["scan.requested.shared"],
    ack_wait: Duration::from_secs(30),
    concurrency: 4,
    confined: false,
};

/// The durable name of a private pool's workers.
pub fn pool_consumer_name(pool: PoolId) -> String {
    format!("scan-workers-{pool}")
}

/// Workers of a pool. A private pool's consumer is made up at the first call and kept until the
/// process ends: one a worker, which serves one pool, so that nothing grows.
pub fn scan_workers(pool: Pool) -> &'static Consumer {
    let Some(id) = pool.id() else {
        return &SCAN_WORKERS_SHARED;
    };
    let subject: &'static str = scan_requested(pool).leak();
    Box::leak(Box::new(Consumer {
        name: pool_consumer_name(id).leak(),
        subjects: vec![subject].leak(),
        confined: true,
        ..SCAN_WORKERS_SHARED
    }))
}
/// The orchestrator hears what became of jobs.
pub static ORCHESTRATOR_SCAN_EVENTS: Consumer = Consumer {
    stream: &SCAN_EVENTS,
    name: "orchestrator-scan-events",
    subjects: &[
        "scan.completed",
        "scan.failed",
        "scan.cancelled",
        "scan.applied",
    ],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 8,
    confined: false,
};
/// The orchestrator hears of withdrawn authorizations.
pub static ORCHESTRATOR_AUTHORIZATIONS: Consumer = Consumer {
    stream: &DOMAIN,
    name: "orchestrator-authorizations",
    subjects: &["authorization.revoked", "asset.archived"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 4,
    confined: false,
};
/// Results applies what the fence let through.
pub static RESULTS_SCAN_ACCEPTED: Consumer = Consumer {
    stream: &SCAN_EVENTS,
    name: "results-scan-accepted",
    subjects: &["scan.accepted"],
    ack_wait: Duration::from_mins(1),
    concurrency: 4,
    confined: false,
};
/// Results retires exposures of withdrawn assets.
pub static RESULTS_AUTHORIZATIONS: Consumer = Consumer {
    stream: &DOMAIN,
    name: "results-authorizations",
    subjects: &["authorization.revoked", "asset.archived"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 2,
    confined: false,
};
/// Results keeps every service's audit records in one chain for each organization.
pub static RESULTS_AUDIT: Consumer = Consumer {
    stream: &AUDIT,
    name: "results-audit",
    subjects: &["audit.recorded"],
    ack_wait: EVENT_ACK_WAIT,
    // Those that arrive together are appended together, and cost little more than one.
    concurrency: 32,
    confined: false,
};
/// Notify hears when a run ended.
pub static NOTIFY_RUNS: Consumer = Consumer {
    stream: &SCAN_EVENTS,
    name: "notify-runs",
    subjects: &["run.changed"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 4,
    confined: false,
};
/// Notify hears whom to write to about themselves.
pub static NOTIFY_MAIL: Consumer = Consumer {
    stream: &DOMAIN,
    name: "notify-mail",
    subjects: &["tenant.mail"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 4,
    confined: false,
};
/// Notify hears of reports that a schedule asked for.
pub static NOTIFY_REPORTS: Consumer = Consumer {
    stream: &DOMAIN,
    name: "notify-reports",
    subjects: &["report.ready"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 4,
    confined: false,
};
/// ai-report hears what it is to write.
pub static AI_REPORT_REQUESTS: Consumer = Consumer {
    stream: &DOMAIN,
    name: "ai-report-requests",
    subjects: &["report.requested"],
    ack_wait: EVENT_ACK_WAIT,
    concurrency: 2,
    confined: false,
};

/// Every durable consumer of the platform.
pub static CONSUMERS: [&Consumer; 10] = [
    &SCAN_WORKERS_SHARED,
    &ORCHESTRATOR_SCAN_EVENTS,
    &ORCHESTRATOR_AUTHORIZATIONS,
    &RESULTS_SCAN_ACCEPTED,
    &RESULTS_AUTHORIZATIONS,
    &RESULTS_AUDIT,
    &NOTIFY_RUNS,
    &NOTIFY_MAIL,
    &NOTIFY_REPORTS,
    &AI_REPORT_REQUESTS,
];
