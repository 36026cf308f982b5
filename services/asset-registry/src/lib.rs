//! What organizations own, and the proofs of it.
//!
//! **Invariants**: an asset is scanned only while it has a live authorization; an authorization
//! comes from agreeing vantage points or a platform admin, never from a request's field; the
//! token of a challenge is random and belongs to one organization and asset.
//!
//! Code map: `api/` one file an operation, `work/` reconcilers, `domain/` pure decisions,
//! `proof/` looking for a proof, `store/` every SQL statement.

mod api;
mod config;
mod domain;
mod error;
mod metrics;
mod proof;
mod store;
mod wire;
mod work;

pub use config::Config;

use wt_bus::Bus;
use wt_lifecycle::{Life, StartError};
use wt_pg::{Pool, SharedReads};
use wt_proto::asset::asset_registry_service_server::AssetRegistryServiceServer;
use wt_rpc::{Peer, Server};
use wt_standing::Standings;

/// Service, schema and audience name.
pub const NAME: &str = "asset-registry";
/// The newest migration this version needs.
const SCHEMA_VERSION: i64 = 2;

/// Binds the door, then starts everything behind it.
///
/// # Errors
/// Settings that can't be used: a taken port, a missing key, a resolver that can't be made.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = wt_rpc::bind(config.rpc.listen_addr).await?;
    let pool = Pool::new(&config.pg, NAME, "asset")?;
    let bus = Bus::open(&config.bus, NAME).await?;
    let metrics = metrics::Metrics::register(life.metrics());
    let issuer = config.internal.issuer(NAME)?;

    wt_outbox::relay(&pool, &bus, &life);
    work::start(&pool, &life, metrics.clone());
    watch_schema(&pool, &life);

    let api = api::Api {
        pool,
        pages: SharedReads::default(),
        vantages: config.vantages()?,
        metrics,
        standings: Standings::new(Peer::new(&config.tenant_url, "tenant", issuer)),
    };
    Server::new(config.internal.verifier(NAME)?)
        .with(AssetRegistryServiceServer::new(api))
        .serve(listener, &life)?;
    Ok(())
}

/// Not ready before the database has the schema this version needs.
fn watch_schema(pool: &Pool, life: &Life) {
    let (pool, ready, stopping) = (pool.clone(), life.readiness("schema"), life.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = pool.wait_for_schema(SCHEMA_VERSION) => ready.set(true),
        }
    });
}
