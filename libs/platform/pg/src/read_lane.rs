//! The connections of one-statement reads.
//!
//! A pool asks a connection that comes back whether it is well: one more round trip, which costs
//! a third of a list's throughput (docs/decisions/0020). Here a connection is kept only after a
//! statement that succeeded, outside any transaction, which is the same answer for nothing.
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{ConnectOptions, Connection, PgConnection, postgres::PgConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{PgFault, pool::IDLE_MAX};

/// A bounded set of connections for reading; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct ReadLane {
    inner: Arc<Lane>,
}

#[derive(Debug)]
struct Lane {
    options: PgConnectOptions,
    acquire_timeout: Duration,
    places: Arc<Semaphore>,
    /// Last in, first out: what is not needed grows old at the bottom.
    idle: Mutex<Vec<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    since: Instant,
}

impl ReadLane {
    /// At most `connections_max` at once; a caller waits `acquire_timeout` for one of them.
    pub(crate) fn new(
        options: PgConnectOptions,
        connections_max: u32,
        acquire_timeout: Duration,
    ) -> Self {
        let places = usize::try_from(connections_max).unwrap_or(1).max(1);
        Self {
            inner: Arc::new(Lane {
                options,
                acquire_timeout,
                places: Arc::new(Semaphore::new(places)),
                idle: Mutex::new(Vec::with_capacity(places)),
            }),
        }
    }

    /// A connection that nobody else uses.
    pub(crate) async fn lend(&self) -> Result<Lent, PgFault> {
        let timed_out = |_| PgFault::from(sqlx::Error::PoolTimedOut);
        let wait = self.inner.acquire_timeout;
        let places = Arc::clone(&self.inner.places);
        let place = tokio::time::timeout(wait, places.acquire_owned())
            .await
            .map_err(timed_out)?
            .map_err(|_closed| sqlx::Error::PoolClosed)?;
        let connection = match self.inner.take_idle() {
            Some(connection) => connection,
            None => tokio::time::timeout(wait, self.inner.options.connect())
                .await
                .map_err(timed_out)??,
        };
        Ok(Lent {
            connection: Some(connection),
            lane: Arc::clone(&self.inner),
            _place: place,
        })
    }

    /// Lends nothing more, and closes what is idle.
    pub(crate) fn close(&self) {
        self.inner.places.close();
        self.inner.idle().clear();
    }
}

impl Lane {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_idle(&self) -> Option<PgConnection> {
        let idle = self.idle().pop()?;
        // The newest is too old: so are all the others.
        if idle.since.elapsed() > IDLE_MAX {
            self.idle().clear();
            return None;
        }
        Some(idle.connection)
    }

    fn keep(&self, connection: PgConnection) {
        let mut idle = self.idle();
        let old = idle
            .iter()
            .take_while(|other| other.since.elapsed() > IDLE_MAX)
            .count();
        idle.drain(..old);
        idle.push(Idle {
            connection,
            since: Instant::now(),
        });
    }
}

/// A connection in use. Dropped without [`Lent::give_back`], it is closed.
#[derive(Debug)]
pub(crate) struct Lent {
    /// Some until it is given back.
    connection: Option<PgConnection>,
    lane: Arc<Lane>,
    /// Freed after the connection is back or closed.
    _place: OwnedSemaphorePermit,
}

impl Lent {
    /// The connection.
    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        #[expect(
            clippy::expect_used,
            reason = "only give_back takes it, and consumes self"
        )]
        self.connection.as_mut().expect("a lent connection is held")
    }

    /// Keeps it for the next, unless a transaction was left open on it.
    pub(crate) fn give_back(mut self) {
        if let Some(connection) = self.connection.take()
            && !connection.is_in_transaction()
            && !self.lane.places.is_closed()
        {
            self.lane.keep(connection);
        }
    }
}
