//! The two kinds of transaction.
use std::sync::Arc;

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Postgres, Transaction};
use wt_model::{Principal, TenantKey};

use crate::{PgFault, Pool, pool::Bells};

/// A transaction in the context of one organization: row-level security shows its rows only.
/// Dropped without [`TenantTx::commit`], it rolls back.
#[derive(Debug)]
pub struct TenantTx {
    inner: Transaction<'static, Postgres>,
    principal: Principal,
    tenant_key: TenantKey,
    schema: &'static str,
    service: &'static str,
    name: &'static str,
    bells: Arc<Bells>,
    has_news: bool,
    has_records: bool,
}

impl TenantTx {
    pub(crate) async fn begin(
        pool: &Pool,
        principal: &Principal,
        name: &'static str,
        read_only: bool,
    ) -> Result<Self, PgFault> {
        let tenant_key = principal.tenant_key.ok_or(PgFault::NoTenant)?;
        let mode = if read_only { " read only" } else { "" };
        // One round trip: a simple query of two statements. A TenantKey is `org_` and 26
        // letters and digits, so there is nothing in it to escape.
        let begin =
            format!("begin{mode}; select set_config('app.tenant_key', '{tenant_key}', true)");
        let inner = begun(pool.inner(), Some(begin)).await?;
        Ok(Self {
            inner,
            principal: principal.clone(),
            tenant_key,
            schema: pool.schema(),
            service: pool.service(),
            name,
            bells: pool.bells(),
            has_news: false,
            has_records: false,
        })
    }

    /// Notes that rows were put into the outbox: [`Pool::news`] tells of it after the commit.
    pub fn note_news(&mut self) {
        self.has_news = true;
    }

    /// Notes that rows were put into the outbox that may wait a moment for others:
    /// [`Pool::records`] tells of it after the commit, unless there is other news.
    pub fn note_record(&mut self) {
        self.has_records = true;
    }

    /// The connection, for a statement in `store/`.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// The organization whose rows are visible.
    pub fn tenant_key(&self) -> TenantKey {
        self.tenant_key
    }

    /// On whose behalf this transaction runs.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The schema of the service.
    pub fn schema(&self) -> &'static str {
        self.schema
    }

    /// The service's name.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// Makes the changes last. After an error here, what happened is unknown to the caller and
    /// known to the database: repeat with the same ids.
    pub async fn commit(self) -> Result<(), PgFault> {
        tracing::trace!(tx.name = self.name, "commit");
        let done = self.inner.commit().await;
        // Also after an error: the commit may have happened.
        if self.has_news {
            self.bells.news.notify_one();
        } else if self.has_records {
            self.bells.records.notify_one();
        }
        Ok(done?)
    }
}

/// A transaction outside every organization: row-level security refuses every tenant's table,
/// so only `SECURITY DEFINER` functions and tables without a tenant are of use.
#[derive(Debug)]
pub struct PlatformTx {
    inner: Transaction<'static, Postgres>,
    name: &'static str,
}

impl PlatformTx {
    pub(crate) async fn begin(pool: &Pool, name: &'static str) -> Result<Self, PgFault> {
        Ok(Self {
            inner: begun(pool.inner(), None).await?,
            name,
        })
    }

    /// The connection, for a statement in `store/`.
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    /// Makes the changes last.
    pub async fn commit(self) -> Result<(), PgFault> {
        tracing::trace!(tx.name = self.name, "commit");
        Ok(self.inner.commit().await?)
    }
}

/// A begun transaction, whatever becomes of the caller. A caller that goes away while `begin` is
/// under way would leave it open on a connection that goes back to the pool, since sqlx rolls back
/// only what it saw begin: the next to be handed the connection would find itself in the
/// transaction, and the organization, of somebody else. So the beginning is a task of its own,
/// which nobody cancels; its transaction rolls back when there is nobody to take it.
async fn begun(
    pool: &PgPool,
    statement: Option<String>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    let beginning = tokio::spawn(async move {
        match statement {
            Some(statement) => pool.begin_with(AssertSqlSafe(statement)).await,
            None => pool.begin().await,
        }
    });
    // It panics as little as sqlx does; otherwise the runtime is going down, and the pool with it.
    beginning.await.map_err(|_| sqlx::Error::PoolClosed)?
}
