//! Takes signed jobs from the bus, runs the engine, and reports what it saw.
//!
//! **Invariants**: nothing of a job is looked at before its signature is verified, and only the
//! verified bytes are used; a job runs only under an attempt number handed out by the
//! orchestrator; a result leaves only after its bytes are stored. **Boundary**: everything that
//! touches a target is `wt-engine`; this crate holds no database credentials.
//!
//! `intake` verifies, claims and hears cancellations; `task` runs one job; `report` stores and
//! announces its result; `telling` says how far it is; `checkpoint` keeps what is settled so far;
//! `alive` says that a private pool has a worker.

mod alive;
mod checkpoint;
mod config;
mod intake;
mod metrics;
mod report;
mod task;
mod telling;

pub use config::Config;

use std::sync::Arc;

use ulid::Ulid;
use wt_bus::{Bus, consume};
use wt_engine::{Engine, EngineConfig};
use wt_lifecycle::{Life, StartError};
use wt_model::Pool;
use wt_proto::stream::scan_workers;
use wt_throttle::Throttle;

use crate::{intake::Cancels, metrics::WorkerMetrics, task::Worker};

/// The name under which this service speaks.
pub(crate) const SERVICE: &str = "scan-worker";

/// Starts the worker on `life` and returns; the bus may come later.
///
/// # Errors
/// Settings that cannot be used: trusted keys, networks, the store's address.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let keys = config.trusted_keys()?;
    if config.throttle.redis_url.is_none() {
        tracing::warn!(
            "no REDIS_URL: the pace is this worker's own, and a second worker doubles it"
        );
    }
    if config.about_url == wt_engine::ABOUT_URL {
        tracing::warn!("no WT_ABOUT_URL: targets are not told whom to ask about these scans");
    }
    let engine = Engine::new(EngineConfig {
        allowed: config.networks()?,
        resolver: config.name_servers()?,
        shared_pace: match &config.throttle.redis_url {
            Some(url) => Some(Throttle::new(url)?),
            None => None,
        },
        user_agent: wt_engine::user_agent(&config.about_url),
        tools: config.tool_setting()?,
        templates: Arc::new(config.templates.open()?),
        ..EngineConfig::default()
    })?;
    let bus = match config.pool {
        Pool::Shared => Bus::open(&config.bus, SERVICE).await?,
        // Somebody else's machine: the broker lets it hear its own pool and nothing else.
        Pool::Private(id) => {
            Bus::open_confined(&config.bus, SERVICE, &format!("_INBOX_{id}")).await?
        }
    };
    let cancels = Cancels::default();
    intake::hear_cancels(&bus, &life, config.pool, cancels.clone());
    let worker = Worker {
        bus: bus.clone(),
        engine,
        artifacts: wt_artifacts::open(&config.artifacts)?,
        keys,
        cancels,
        metrics: WorkerMetrics::register(life.metrics()),
        stopping: life.stopping(),
        drain: config.time_to_finish(),
        id: format!("wrk_{}", Ulid::generate()),
        vantage: config.vantage.clone(),
        pool: config.pool,
    };
    if let Some(pool) = config.pool.id() {
        alive::say(&bus, &life, pool, worker.id.clone());
    }
    tracing::info!(worker_id = worker.id, pool = %worker.pool, "taking jobs");
    consume(&bus, &life, scan_workers(config.pool), worker);
    Ok(())
}
