//! How far everybody is behind.
use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::scan as wire;

use crate::rest::{
    access::{May, PlatformOperate},
    moment::Moment,
    problem::Problem,
};

/// How far everybody is behind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Queue {
    /// Readers of the bus.
    consumers: Vec<ConsumerBacklog>,
    /// Workers that hold jobs, and those of private pools that said within the hour that they are
    /// there; those not heard of for longest first, at most 100.
    workers: Vec<WorkerSeen>,
    /// Organizations with jobs that have not ended, those with most waiting first, at most 100.
    organizations: Vec<OrganizationQueue>,
    /// Dead letters of every consumer.
    dead_letters: u64,
    /// Runs that do not go on.
    stuck_runs: u64,
}

/// How far a reader of the bus is behind.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConsumerBacklog {
    /// Stream it reads.
    stream: String,
    /// Its durable name.
    consumer: String,
    /// Subjects it reads.
    subjects: Vec<String>,
    /// Whether the broker knows it: one whose service never ran is not there yet.
    is_there: bool,
    /// Messages nobody was given yet.
    waiting: u64,
    /// Messages somebody works on.
    in_progress: u64,
    /// Of those, messages that were given out before.
    redelivered: u64,
    /// Asks that wait for a message: none means that nobody is there, or that everybody is busy.
    listening: u64,
    /// Messages it gave up.
    dead_letters: u64,
    /// When the oldest message that is not settled was said; absent for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_at: Option<Moment>,
    /// When a message was given out last; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_given_at: Option<Moment>,
}

impl From<wire::ConsumerBacklog> for ConsumerBacklog {
    fn from(backlog: wire::ConsumerBacklog) -> Self {
        Self {
            oldest_at: Moment::maybe(backlog.oldest_at.as_ref()),
            last_given_at: Moment::maybe(backlog.last_given_at.as_ref()),
            stream: backlog.stream,
            consumer: backlog.consumer,
            subjects: backlog.subjects,
            is_there: backlog.is_there,
            waiting: backlog.waiting,
            in_progress: backlog.in_progress,
            redelivered: backlog.redelivered,
            listening: backlog.listening,
            dead_letters: backlog.dead_letters,
        }
    }
}

/// A worker that was heard of.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkerSeen {
    /// What it calls itself.
    worker_id: String,
    /// `shared` or a private pool (`pol_…`).
    pool: String,
    /// Jobs it works on.
    jobs: u64,
    /// When it was heard of last.
    #[serde(skip_serializing_if = "Option::is_none")]
    heard_at: Option<Moment>,
}

impl From<wire::WorkerSeen> for WorkerSeen {
    fn from(worker: wire::WorkerSeen) -> Self {
        Self {
            heard_at: Moment::maybe(worker.heard_at.as_ref()),
            worker_id: worker.worker_id,
            pool: worker.pool,
            jobs: worker.jobs,
        }
    }
}

/// Jobs of one organization that have not ended.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OrganizationQueue {
    /// `org_…`
    tenant_key: String,
    /// Jobs no worker took yet.
    waiting: u64,
    /// Jobs a worker works on.
    running: u64,
    /// Jobs that reported and whose result is not applied yet.
    processing: u64,
    /// Since when the first of the waiting ones waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    oldest_waiting_at: Option<Moment>,
}

impl From<wire::OrganizationQueue> for OrganizationQueue {
    fn from(queue: wire::OrganizationQueue) -> Self {
        Self {
            oldest_waiting_at: Moment::maybe(queue.oldest_waiting_at.as_ref()),
            tenant_key: queue.tenant_key,
            waiting: queue.waiting,
            running: queue.running,
            processing: queue.processing,
        }
    }
}

/// How far every reader of the bus is behind, which workers were heard of, and whose jobs wait:
/// numbers and ids, nothing of what an organization owns.
#[utoipa::path(get, path = "/admin/queue", tag = "admin",
    responses((status = 200, description = "the queue", body = Queue)),
    extensions(("x-permission" = json!("platform:operate"))))]
pub(crate) async fn get_queue(caller: May<PlatformOperate>) -> Result<Json<Queue>, Problem> {
    let request = wire::GetQueueRequest {};
    let queue = caller.operations()?.get_queue(request).await?.into_inner();
    Ok(Json(Queue {
        consumers: queue.consumers.into_iter().map(Into::into).collect(),
        workers: queue.workers.into_iter().map(Into::into).collect(),
        organizations: queue.organizations.into_iter().map(Into::into).collect(),
        dead_letters: queue.dead_letters,
        stuck_runs: queue.stuck_runs,
    }))
}
