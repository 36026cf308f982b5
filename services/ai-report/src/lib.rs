//! Grounded summaries of what a run found; no model is needed.
//!
//! **Invariants**: a report says only what the run's committed events and exposures bear out, and
//! each sentence about exposures cites them; the same run gives the same bytes; text a target
//! chose is escaped in every form. **It never** reads another service's tables.
//!
//! Code map: `api/` takes requests and shows reports; `work/write_reports` asks results and the
//! orchestrator, lets `domain/plain` decide what to say, and stores what `wt_paper` makes of
//! the document that `render/` lays out; `tickets` signs what opens one form without a session; `report_bench` measures that.

mod api;
mod config;
mod domain;
mod error;
mod events;
mod metrics;
mod peers;
mod render;
pub mod report_bench;
mod store;
mod tickets;
mod wire;
mod work;

use std::sync::Arc;

use tokio::{net::TcpListener, sync::Notify};
use wt_auth::SigningKey;
use wt_bus::Bus;
use wt_fault::chain;
use wt_lifecycle::{Life, StartError};
use wt_pg::Pool;
use wt_proto::{report::report_service_server::ReportServiceServer, stream::AI_REPORT_REQUESTS};
use wt_rpc::{Peer, Server, bind};

pub use config::Config;

use crate::{
    api::Api,
    events::report_requested::ReportRequested,
    metrics::Metrics,
    peers::Peers,
    tickets::Tickets,
    work::{keep_schedules, write_reports::Writer},
};

/// The service's name: its tokens' issuer and audience.
pub const NAME: &str = "ai-report";
const SCHEMA: &str = "report";
/// Newest migration this version relies on.
const SCHEMA_NEEDED: i64 = 7;

/// Binds the door and starts every task.
///
/// # Errors
/// Settings that can't be used, or a port that is taken.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = bind(config.rpc.listen_addr).await?;
    start_on(listener, config, life).await
}

/// As [`start`], on a door bound already; for tests that need to know the port.
///
/// # Errors
/// Settings that can't be used.
pub async fn start_on(listener: TcpListener, config: Config, life: Life) -> Result<(), StartError> {
    let issuer = config.internal.issuer(NAME)?;
    let pool = Pool::new(&config.pg, NAME, SCHEMA)?;
    let artifacts = wt_artifacts::open(&config.artifacts)?;
    let peers = Peers {
        results: Peer::new(&config.results_url, "results", issuer.clone()),
        orchestrator: Peer::new(&config.scan_orchestrator_url, "scan-orchestrator", issuer),
    };
    let wake = Arc::new(Notify::new());
    let writer = Writer {
        pool: pool.clone(),
        peers: peers.clone(),
        artifacts: artifacts.clone(),
        public_url: config.public_url.as_str().trim_end_matches('/').to_owned(),
        retry_base: config.retry_base,
        metrics: Metrics::register(life.metrics()),
    };
    let bus = Bus::open(&config.bus, NAME).await?;
    let api = Api {
        pool: pool.clone(),
        peers,
        artifacts,
        wake: Arc::clone(&wake),
        tickets: Tickets::new(SigningKey::load(&config.internal.internal_key)?),
    };
    Server::new(config.internal.verifier(NAME)?)
        .with(ReportServiceServer::new(api))
        .serve(listener, &life)?;
    let ready = life.readiness("database");
    let begun = life.clone();
    let period = config.period;
    life.spawn("work", async move {
        let stopping = begun.stopping();
        tokio::select! {
            () = stopping.cancelled() => return Ok(()),
            () = pool.wait_for_schema(SCHEMA_NEEDED) => ready.set(true),
        }
        wt_outbox::relay(&pool, &bus, &begun);
        let handler = ReportRequested {
            wake: Arc::clone(&wake),
        };
        wt_bus::consume(&bus, &begun, &AI_REPORT_REQUESTS, handler);
        while !stopping.is_cancelled() {
            if let Err(fault) = keep_schedules::step(&pool).await {
                tracing::warn!(error = %chain(&fault), "schedules were not looked at");
            }
            match writer.step().await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(fault) => tracing::warn!(error = %chain(&fault), "a step failed"),
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = wake.notified() => {}
                () = tokio::time::sleep(period) => {}
            }
        }
        Ok::<(), StartError>(())
    });
    Ok(())
}
