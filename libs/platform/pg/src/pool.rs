//! Connections of one service, handed out only as transactions.
use std::{str::FromStr, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use sqlx::{
    ConnectOptions,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
};
use tokio::sync::Notify;
use wt_model::Principal;

use crate::{PgArgs, PgFault, PlatformTx, TenantTx, read_lane::ReadLane};

/// How often a contended transaction is tried in all: three losses in a row are no accident.
const TRIES_MAX: u32 = 4;
/// An idle connection is closed after this, so that a quiet service holds few.
pub(crate) const IDLE_MAX: Duration = Duration::from_mins(5);

/// Connections of one service to its schema; cheap to clone.
#[derive(Debug, Clone)]
pub struct Pool {
    inner: PgPool,
    reads: ReadLane,
    bells: Arc<Bells>,
    schema: &'static str,
    service: &'static str,
}

impl Pool {
    /// Prepares a pool for `service`, which owns `schema`. Nothing is dialled yet: ports are
    /// bound first, dependencies come second.
    pub fn new(
        args: &PgArgs,
        service: &'static str,
        schema: &'static str,
    ) -> Result<Self, PgFault> {
        let options = PgConnectOptions::from_str(args.database_url.expose())
            .map_err(|source| PgFault::Internal { source })?
            .application_name(service)
            .options([
                ("statement_timeout", args.pg_statement_ms.to_string()),
                // A client that stalls inside a transaction must not hold its locks for ever.
                (
                    "idle_in_transaction_session_timeout",
                    args.pg_statement_ms.to_string(),
                ),
                ("lock_timeout", args.pg_acquire_ms.to_string()),
            ])
            .disable_statement_logging();
        let acquire_timeout = Duration::from_millis(args.pg_acquire_ms);
        let reads = ReadLane::new(options.clone(), args.pg_connections_max, acquire_timeout);
        let inner = PgPoolOptions::new()
            .max_connections(args.pg_connections_max)
            .acquire_timeout(acquire_timeout)
            .idle_timeout(IDLE_MAX)
            // A broken connection is found by the statement; a ping is one more round trip.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Ok(Self {
            inner,
            reads,
            bells: Arc::default(),
            schema,
            service,
        })
    }

    /// The schema this service owns.
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// The service's name, the producer of its events.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Opens a transaction that sees the rows of `principal`'s organization and no others.
    /// `name` is the operation, for traces.
    pub async fn begin(
        &self,
        principal: &Principal,
        name: &'static str,
    ) -> Result<TenantTx, PgFault> {
        TenantTx::begin(self, principal, name, false).await
    }

    /// As [`Pool::begin`], for statements that change nothing; Postgres refuses the others.
    pub async fn begin_read(
        &self,
        principal: &Principal,
        name: &'static str,
    ) -> Result<TenantTx, PgFault> {
        TenantTx::begin(self, principal, name, true).await
    }

    /// Opens a transaction without an organization, for listed `SECURITY DEFINER` functions.
    pub async fn begin_platform(&self, name: &'static str) -> Result<PlatformTx, PgFault> {
        PlatformTx::begin(self, name).await
    }

    /// Runs `work` in one transaction and commits; on contention runs it again from its
    /// beginning, a bounded number of times. `work` must have no effect but its statements.
    pub async fn run<T, E>(
        &self,
        principal: &Principal,
        name: &'static str,
        work: impl for<'tx> Fn(&'tx mut TenantTx) -> BoxFuture<'tx, Result<T, E>> + Send,
    ) -> Result<T, E>
    where
        E: From<PgFault> + AsPgFault,
    {
        let mut tries = 1;
        loop {
            let mut tx = self.begin(principal, name).await?;
            let ended = match work(&mut tx).await {
                Ok(value) => tx.commit().await.map(|()| value).map_err(E::from),
                Err(fault) => Err(fault),
            };
            match ended {
                Err(fault)
                    if tries < TRIES_MAX
                        && fault.as_pg_fault().is_some_and(PgFault::may_run_again) =>
                {
                    tracing::debug!(tx.name = name, tx.tries = tries, "contended, running again");
                    tries += 1;
                }
                ended => return ended,
            }
        }
    }

    /// Waits until a transaction of this process has committed news; says so at once when one did
    /// since the last time. For one relay. `NOTIFY` would reach other processes too, but makes
    /// every commit of the server wait for the one before it, its flush to disk included.
    pub async fn news(&self) {
        self.bells.news.notified().await;
    }

    /// As [`Pool::news`], for what nobody waits for and may be sent together with what follows.
    pub async fn records(&self) {
        self.bells.records.notified().await;
    }

    /// Tells [`Pool::records`] of a record that a [`PlatformTx`] or a
    /// [`PlatformCall`](crate::PlatformCall) committed.
    pub fn note_record(&self) {
        self.bells.records.notify_one();
    }

    /// Closes every connection, after the transactions under way.
    pub async fn close(&self) {
        self.reads.close();
        self.inner.close().await;
    }

    pub(crate) fn bells(&self) -> Arc<Bells> {
        Arc::clone(&self.bells)
    }

    pub(crate) fn reads(&self) -> &ReadLane {
        &self.reads
    }

    pub(crate) fn inner(&self) -> &PgPool {
        &self.inner
    }
}

/// Rung when a transaction was committed that put something into the outbox.
#[derive(Debug, Default)]
pub(crate) struct Bells {
    /// Of news that somebody waits for.
    pub(crate) news: Notify,
    /// Of records only.
    pub(crate) records: Notify,
}

/// Lets [`Pool::run`] see whether an error of a service is contention.
pub trait AsPgFault {
    /// The database's part of this error, if it is one.
    fn as_pg_fault(&self) -> Option<&PgFault>;
}

impl AsPgFault for PgFault {
    fn as_pg_fault(&self) -> Option<&PgFault> {
        Some(self)
    }
}
