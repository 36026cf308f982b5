//! Runs and their jobs: planned, signed, dispatched, fenced and ended.
//!
//! **Invariants**: a job asks only for targets inside its own scope, which comes only from live
//! authorizations; only the newest attempt's result goes on; every state but the last has a
//! deadline; the database refuses a step the contract does not know.
//!
//! Code map: `api/` one file an operation, `events/` what it hears, `work/` reconcilers,
//! `admission.rs` what the plan lets begin, `beginning.rs` a run and its jobs committed, `claiming.rs` the fence's door, `planning.rs` from a request to jobs, `pooling.rs` whose workers take them, `domain/` pure decisions,
//! `signing.rs` signed jobs, `moves.rs` a run's steps with their news, `store/` every SQL statement.

mod admission;
mod api;
mod beginning;
mod cancelling;
mod claiming;
mod config;
mod domain;
mod error;
mod events;
mod metrics;
mod moves;
mod peers;
mod planning;
mod pooling;
mod signing;
mod store;
mod wire;
mod work;

pub use config::{Config, ProfileTools, RhythmArgs};

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Semaphore};
use wt_bus::Bus;
use wt_lifecycle::{Life, StartError};
use wt_pg::Pool;
use wt_proto::scan::{
    scan_operations_service_server::ScanOperationsServiceServer,
    scan_orchestrator_service_server::ScanOrchestratorServiceServer,
};
use wt_rpc::{Peer, Server};
use wt_standing::Standings;

/// Service, schema and audience name.
pub const NAME: &str = "scan-orchestrator";
/// The newest migration this version needs.
const SCHEMA_VERSION: i64 = 10;

/// Binds the door, then starts everything behind it.
///
/// # Errors
/// Settings that can't be used: a taken port, a missing key.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = wt_rpc::bind(config.rpc.listen_addr).await?;
    start_on(listener, config, life).await
}

/// As [`start`], on a door bound already; for tests that need to know the port.
///
/// # Errors
/// Settings that can't be used.
pub async fn start_on(listener: TcpListener, config: Config, life: Life) -> Result<(), StartError> {
    let pool = Pool::new(&config.pg, NAME, "scan")?;
    let bus = Bus::open(&config.bus, NAME).await?;
    let issuer = config.internal.issuer(NAME)?;
    let templates = config.templates.open()?;
    let signer = signing::Signer::load(&config.job_key, config.profile_tools.clone())?;

    wt_outbox::relay(&pool, &bus, &life);
    let metrics = metrics::Metrics::register(life.metrics());
    events::start(&bus, &life, &pool, &metrics);
    claiming::start(&bus, &life, pool.clone(), &config.rhythm, metrics.clone());
    let (schema, ready, stopping) = (pool.clone(), life.readiness("schema"), life.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = schema.wait_for_schema(SCHEMA_VERSION) => ready.set(true),
        }
    });

    let peers = peers::Peers {
        registry: Peer::new(&config.asset_registry_url, "asset-registry", issuer.clone()),
        results: Peer::new(&config.results_url, "results", issuer.clone()),
    };
    let standings = Standings::new(Peer::new(&config.tenant_url, "tenant", issuer));
    let operations = api::operations::Operations {
        pool: pool.clone(),
        bus: bus.clone(),
    };
    let api = Arc::new(api::Api {
        pool,
        bus,
        peers,
        standings,
        signer,
        templates,
        commits: Semaphore::new(api::COMMITS_AT_ONCE),
    });
    work::start(&api, &life, &config.rhythm, &metrics);
    Server::new(config.internal.verifier(NAME)?)
        .with(ScanOperationsServiceServer::new(operations))
        .with(ScanOrchestratorServiceServer::from_arc(api))
        .serve(listener, &life)?;
    Ok(())
}
