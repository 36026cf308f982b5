//! The measures behind `results.ingest_vs_sql`, `ingest.*` and `diff.cells_per_s`: results applied
//! by this service, and the same rows by a bare COPY and one set-based merge, in turns on the same
//! server.
//!
//! Ours starts at the stored bytes of the result (decompress, decode, hold to the plan) and ends at
//! the commit of state, events, evidence, ledger and news; the peer gets its COPY text ready-made,
//! has no row-level security, proves no absence, hashes and signs nothing.

mod bare_sql;
mod report;
mod stored;

use std::{collections::BTreeMap, time::Instant};

use sqlx::{Connection, Executor, PgConnection};
use ulid::Ulid;
use wt_diff::{RunContext, State};
use wt_exposure::{ExposureKey, Fingerprint};
use wt_lifecycle::StartError;
use wt_model::{RunId, RunKind, TenantKey, TypedId};
use wt_pg::{PgArgs, Pool};

use self::{
    bare_sql::BareSql,
    report::{CHECKS, Mix, REIMPORT, SPEED, report},
    stored::Stored,
};
use crate::{NAME, SCHEMA};

/// Hosts of 10,000 exposures of [`REIMPORT`].
const HOSTS_10K: u16 = 10;

/// One step, ours and the peer's: medians of the rounds.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Pair {
    /// This service.
    pub ours: f64,
    /// The peer.
    pub peer: f64,
}

/// Seconds of the three steps of one size.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Steps {
    /// Into nothing.
    pub first: Pair,
    /// The same again.
    pub same: Pair,
    /// 10 % gone, 10 % changed, 10 % new.
    pub delta: Pair,
}

/// Everything that is measured here.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Rates {
    /// Exposures a second of the delta of design/speed.md.
    pub exposures_per_s: Pair,
    /// 10,000 exposures.
    pub steps_10k: Steps,
    /// 100,000 exposures.
    pub steps_100k: Steps,
    /// Cells a second of the pure engine; the peer compares ready-made keys in a map.
    pub cells_per_s: Pair,
}

/// Measures `rounds` of everything; `hosts` of the delta of design/speed.md have 1,000 exposures
/// each. `superuser_url` and `service_url` name one migrated database; rows of organizations made
/// up here stay in it.
///
/// # Errors
/// The database is away or refuses.
pub async fn measure(
    superuser_url: &str,
    service_url: &str,
    hosts: u16,
    rounds: usize,
) -> Result<Rates, StartError> {
    let args = PgArgs {
        database_url: service_url.to_owned().into(),
        pg_connections_max: 2,
        pg_acquire_ms: 5_000,
        pg_statement_ms: 120_000,
    };
    let pool = Pool::new(&args, NAME, SCHEMA)?;
    let mut peer = PgConnection::connect(superuser_url).await?;
    let speed = steps(&pool, &mut peer, hosts, SPEED, rounds).await?.delta;
    let exposures = f64::from(hosts) * f64::from(CHECKS * SPEED.end);
    Ok(Rates {
        exposures_per_s: Pair {
            ours: exposures / speed.ours,
            peer: exposures / speed.peer,
        },
        steps_10k: steps(&pool, &mut peer, HOSTS_10K, REIMPORT, rounds).await?,
        steps_100k: steps(&pool, &mut peer, HOSTS_10K * 10, REIMPORT, rounds).await?,
        cells_per_s: cells_per_s(hosts),
    })
}

/// The three steps, in turns with the peer, each round in an organization of its own.
async fn steps(
    pool: &Pool,
    peer: &mut PgConnection,
    hosts: u16,
    mix: Mix,
    rounds: usize,
) -> Result<Steps, StartError> {
    let mut took: [(Vec<f64>, Vec<f64>); 3] = Default::default();
    for _ in 0..rounds {
        let tenant = TenantKey::from_ulid(Ulid::generate());
        // Nobody sends what is said here: without this it would pile up as it never does in a fleet.
        peer.execute("truncate results.outbox; analyze").await?;
        let mut bare = BareSql::new(peer, tenant, hosts, mix).await?;
        let results = [(1, false), (2, false), (3, true)];
        for ((ours, theirs), (seq, delta)) in took.iter_mut().zip(results) {
            let result = Stored::new(tenant, seq, &report(hosts, mix, delta));
            let started = Instant::now();
            result.apply(pool).await?;
            ours.push(started.elapsed().as_secs_f64());
            theirs.push(bare.apply(seq, delta).await?);
        }
    }
    let [first, same, delta] = took.map(|(ours, peer)| Pair {
        ours: median(ours),
        peer: median(peer),
    });
    Ok(Steps { first, same, delta })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One delta through the pure engine, and its keys and fingerprints compared ready-made.
fn cells_per_s(hosts: u16) -> Pair {
    let tenant = TenantKey::from_ulid(Ulid::generate());
    let run = |seq| RunContext {
        tenant_key: tenant,
        run_id: RunId::from_ulid(Ulid::generate()),
        kind: RunKind::OnDemand,
        seq,
    };
    let (before, after) = (report(hosts, SPEED, false), report(hosts, SPEED, true));
    let mut state = State::default();
    state.apply(&before, &run(1));
    let prints = |report: &wt_exposure::JobReport| -> BTreeMap<ExposureKey, Fingerprint> {
        let seen = report.observations.iter();
        seen.map(|o| {
            let key = ExposureKey::derive(tenant, &o.subject, &o.check.id, &o.discriminator);
            (key, Fingerprint::of(&o.attributes))
        })
        .collect()
    };
    let (old, new) = (prints(&before), prints(&after));
    let cells = f64::from(hosts) * f64::from(CHECKS * SPEED.end);
    let started = Instant::now();
    let applied = state.apply(&after, &run(2));
    let ours = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let differs = new
        .iter()
        .filter(|(key, print)| old.get(*key) != Some(*print));
    let gone = old.keys().filter(|key| !new.contains_key(*key));
    let differences = differs.count() + gone.count();
    let peer = started.elapsed().as_secs_f64();
    debug_assert_eq!(applied.events.len(), differences);
    Pair {
        ours: cells / ours,
        peer: cells / peer,
    }
}
