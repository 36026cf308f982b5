//! Exposures, their history, the decisions about them, and the proof of it all.
//!
//! **Invariants**: what a result leads to is decided by `wt_diff` alone and written in one
//! transaction with its events, ledger leaves and news; a result that claims anything its signed
//! job did not plan is refused whole; no result writes what a user decided, and no user writes
//! what was observed; events, actions, leaves, heads and audit entries are appended and never
//! changed.
//!
//! Code map: `events/` what is heard, `api/` one file an operation, `domain/` pure decisions,
//! `store/` every SQL statement, `work/` what a timer wakes, `replay/` the history told again,
//! `risk/` what is published about CVEs, imported, `catalogue/` what is no longer checked,
//! `render/` documents for people,
//! `ingest_bench` the measures behind `results.ingest_vs_sql`, `ingest.*` and `diff.cells_per_s`.

mod api;
mod catalogue;
mod command_line;
mod config;
mod domain;
mod ending;
mod error;
mod events;
pub mod ingest_bench;
mod ledger_keys;
mod metrics;
mod render;
mod replay;
mod risk;
mod store;
mod wire;
mod work;

pub use catalogue::{Ended, command as checks_command};
pub use config::Config;
pub use ledger_keys::LedgerArgs;
pub use replay::{Comparison, command as replay_command};
pub use risk::{Imported, command as risk_command};

use std::{sync::Arc, time::Duration};

use ledger_keys::LedgerKeys;
use wt_bus::Bus;
use wt_lifecycle::{Life, StartError};
use wt_pg::Pool;
use wt_proto::results::{
    audit_service_server::AuditServiceServer, results_service_server::ResultsServiceServer,
};
use wt_rpc::{Peer, Server};
use wt_standing::Standings;

/// Service and audience name.
pub const NAME: &str = "results";
/// The schema it owns.
const SCHEMA: &str = "results";
/// Most bytes of a request: a file to import, with the assets it may be about.
const REQUEST_BYTES_MAX: usize = wt_import::FILE_BYTES_MAX + (4 << 20);
/// How long after keys could not be used that is tried again.
const KEYS_AGAIN: Duration = Duration::from_secs(5);
/// The newest migration this version needs.
const SCHEMA_VERSION: i64 = 36;

/// Binds the door, then starts everything behind it.
///
/// # Errors
/// Settings that can't be used: a taken port, a missing key, an object store without an address.
pub async fn start(config: Config, life: Life) -> Result<(), StartError> {
    let listener = wt_rpc::bind(config.rpc.listen_addr).await?;
    let pool = Pool::new(&config.pg, NAME, SCHEMA)?;
    let bus = Bus::open(&config.bus, NAME).await?;
    let ledger_keys = Arc::new(config.ledger.read()?);
    let artifacts = wt_artifacts::open(&config.artifacts)?;
    let hearing = events::Hearing {
        pool: pool.clone(),
        artifacts: artifacts.clone(),
        job_keys: Arc::new(config.job_keys()?),
        ledger_keys: Arc::clone(&ledger_keys),
        metrics: metrics::Metrics::register(life.metrics()),
    };

    wt_outbox::relay(&pool, &bus, &life);
    events::start(&bus, &life, &hearing);
    let issuer = config.internal.issuer(NAME)?;
    let keeper = work::Keeper {
        pool: pool.clone(),
        artifacts: artifacts.clone(),
        standings: Standings::new(Peer::new(&config.tenant_url, "tenant", issuer)),
        metrics: hearing.metrics.clone(),
    };
    work::start(&pool, &life, &keeper, config.retention_every());
    watch_schema(&pool, &life, Arc::clone(&ledger_keys));

    let api = api::Api {
        pool,
        exposures: Arc::default(),
        changes: Arc::default(),
        comparisons: Arc::default(),
        artifacts,
        ledger_keys,
    };
    Server::new(config.internal.verifier(NAME)?)
        .with(ResultsServiceServer::new(api.clone()).max_decoding_message_size(REQUEST_BYTES_MAX))
        .with(AuditServiceServer::new(api))
        .serve(listener, &life)?;
    Ok(())
}

/// Not ready before the database has the schema this version needs, nor with keys that contradict
/// what it knows of them.
fn watch_schema(pool: &Pool, life: &Life, keys: Arc<LedgerKeys>) {
    let (pool, ready, stopping) = (pool.clone(), life.readiness("schema"), life.stopping());
    tokio::spawn(async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = ready_to_sign(&pool, &keys) => ready.set(true),
        }
    });
}

/// Returns once the schema is there and the keys of the ledger are recorded and can sign.
async fn ready_to_sign(pool: &Pool, keys: &LedgerKeys) {
    pool.wait_for_schema(SCHEMA_VERSION).await;
    while let Err(fault) = keys.announce(pool).await {
        // A person has to mend it, in the settings; meanwhile the service is not ready.
        tracing::error!(error = %wt_fault::chain(&fault), "the ledger's keys cannot be used");
        tokio::time::sleep(KEYS_AGAIN).await;
    }
}
