//! From the outbox to the bus: claim, publish, wait until stored, mark.
use std::time::Duration;

use bytes::Bytes;
use sqlx::{AssertSqlSafe, Row, postgres::types::PgInterval};
use time::OffsetDateTime;
use wt_bus::{Bus, BusFault};
use wt_fault::{Fault, Kind, chain};
use wt_lifecycle::Life;
use wt_pg::{PgFault, Pool};

/// Rows claimed at once: 160k rows/s were seen with 100, 12k with one (speed.md).
const BATCH: u16 = 100;
/// How long a claimed row is left to its relay; a crashed relay delays its rows by this much.
const LEASE_MS: i64 = 15_000;
/// Rows that no transaction of this process rang for are found after this at the latest: those of a
/// process that died, of an operator's redrive, of a lease that ran out.
const POLL: Duration = Duration::from_millis(500);
/// How long records wait for others: each batch costs three round trips here and as many where it is
/// read, whatever is in it, and a login leaves one record.
const GATHER: Duration = Duration::from_millis(200);
/// Pause while the bus or the database is away.
const AWAY_PAUSE: Duration = Duration::from_secs(1);
/// How long sent rows stay: the retention of the streams they may have to refill.
const KEEP: Duration = Duration::from_hours(7 * 24);
/// How often, and how many at a time, old rows are removed.
const PRUNE_PERIOD: Duration = Duration::from_mins(10);
const PRUNE_MAX: i32 = 5_000;

/// Why a relay step came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum RelayFault {
    /// The outbox cannot be read or written.
    #[error("the outbox is not available")]
    Outbox(#[from] PgFault),
    /// The bus stored nothing of a batch.
    #[error("the bus is not available")]
    Bus(#[from] BusFault),
}

impl Fault for RelayFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Outbox(fault) => fault.kind(),
            Self::Bus(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Outbox(fault) => fault.code(),
            Self::Bus(fault) => fault.code(),
        }
    }
}

struct Claimed {
    id: String,
    subject: String,
    body: Bytes,
}

/// Relays the outbox of `pool`'s schema until the service stops. Several relays share the work.
pub fn relay(pool: &Pool, bus: &Bus, life: &Life) {
    let (pool, bus, stopping) = (pool.clone(), bus.clone(), life.stopping());
    life.spawn("outbox relay", async move {
        let mut prune = tokio::time::interval(PRUNE_PERIOD);
        let mut ensured = false;
        loop {
            match step(&pool, &bus, &mut ensured).await {
                // Asked to stop and nothing left: what was committed has been said.
                Ok(0) if stopping.is_cancelled() => break,
                // More may wait than one batch holds; whoever commits later rings.
                Ok(sent) if sent >= usize::from(BATCH) => continue,
                Ok(_) => {}
                // Waiting does not make a server newer.
                Err(fault @ RelayFault::Bus(BusFault::TooOld { .. })) => return Err(fault),
                Err(fault) => {
                    tracing::warn!(error = %chain(&fault), "the outbox waits");
                    tokio::select! {
                        () = stopping.cancelled() => break,
                        () = tokio::time::sleep(AWAY_PAUSE) => continue,
                    }
                }
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep(POLL) => {}
                () = pool.news() => {}
                () = pool.records() => tokio::select! {
                    () = stopping.cancelled() => {}
                    () = tokio::time::sleep(GATHER) => {}
                    () = pool.news() => {}
                },
                _ = prune.tick() => {
                    if let Err(fault) = prune_once(&pool).await {
                        tracing::warn!(error = %chain(&fault), "old outbox rows stay for now");
                    }
                }
            }
        }
        Ok::<(), RelayFault>(())
    });
}

/// One batch, into streams that are there: a service that only speaks makes them like one that
/// listens, and makes them again when the broker lost its store.
async fn step(pool: &Pool, bus: &Bus, ensured: &mut bool) -> Result<usize, RelayFault> {
    if !*ensured {
        bus.ensure_streams().await?;
        *ensured = true;
    }
    let sent = relay_once(pool, bus).await;
    if let Err(RelayFault::Bus(_)) = &sent {
        *ensured = false;
    }
    sent
}

/// One step: at most one batch. Gives how many rows were sent.
pub async fn relay_once(pool: &Pool, bus: &Bus) -> Result<usize, RelayFault> {
    let rows = claim(pool).await?;
    if rows.is_empty() {
        return Ok(0);
    }
    let (sent, failed, last) = publish(bus, rows).await;
    mark(pool, "outbox_sent", &sent).await?;
    match last {
        // All failed: the bus is away. Give the rows back so that nobody waits for the lease.
        Some(fault) if sent.is_empty() => {
            mark(pool, "outbox_release", &failed).await?;
            Err(fault.into())
        }
        // Some failed: those rows may be at fault, so they wait out their lease and do not
        // stand in the way of the others.
        Some(fault) => {
            tracing::warn!(error = %chain(&fault), rows = failed.len(), "news was not stored yet");
            Ok(sent.len())
        }
        None => Ok(sent.len()),
    }
}

/// What the relay writes need not be on disk when it goes on: rows whose lease or mark a crash of the
/// server takes back are sent again, and readers know them by their ids.
const UNFLUSHED: &str = "set_config('synchronous_commit', 'off', true)";

async fn claim(pool: &Pool) -> Result<Vec<Claimed>, PgFault> {
    // The schema is a literal of the service's own code.
    let sql = format!(
        "select id, subject, envelope, {UNFLUSHED} from {}.outbox_claim($1, $2)",
        pool.schema()
    );
    let mut call = pool.call_once().await?;
    let rows = sqlx::query(AssertSqlSafe(sql))
        .bind(i32::from(BATCH))
        .bind(PgInterval {
            months: 0,
            days: 0,
            microseconds: LEASE_MS * 1_000,
        })
        .fetch_all(call.conn())
        .await?;
    call.finish();
    rows.into_iter()
        .map(|row| {
            Ok(Claimed {
                id: row.try_get(0)?,
                subject: row.try_get(1)?,
                body: Bytes::from(row.try_get::<Vec<u8>, _>(2)?),
            })
        })
        .collect()
}

/// Publishes all rows at once and tells the ids that were stored from those that were not.
async fn publish(bus: &Bus, rows: Vec<Claimed>) -> (Vec<String>, Vec<String>, Option<BusFault>) {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let messages = rows
        .into_iter()
        .map(|row| (row.subject, row.id, row.body))
        .collect();
    let (mut sent, mut failed, mut last) = (Vec::new(), Vec::new(), None);
    for (id, stored) in ids.into_iter().zip(bus.publish_all(messages).await) {
        match stored {
            Ok(()) => sent.push(id),
            Err(fault) => {
                failed.push(id);
                last = Some(fault);
            }
        }
    }
    (sent, failed, last)
}

async fn mark(pool: &Pool, function: &str, ids: &[String]) -> Result<(), PgFault> {
    if ids.is_empty() {
        return Ok(());
    }
    let sql = format!("select {UNFLUSHED}, {}.{function}($1)", pool.schema());
    let mut call = pool.call_once().await?;
    sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .execute(call.conn())
        .await?;
    call.finish();
    Ok(())
}

async fn prune_once(pool: &Pool) -> Result<(), PgFault> {
    let sql = format!("select {}.outbox_prune($1, $2)", pool.schema());
    let mut tx = pool.begin_platform("outbox_prune").await?;
    sqlx::query(AssertSqlSafe(sql))
        .bind(OffsetDateTime::now_utc() - KEEP)
        .bind(PRUNE_MAX)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}
