//! One read in one round trip, for the lists people look at all day.
use sqlx::PgConnection;
use wt_model::{Principal, TenantKey};

use crate::{PgFault, Pool, read_lane::Lent};

/// A connection outside any transaction, for one statement that sets the tenant context itself:
/// `from (select set_config('app.tenant_key', $1, true) as tenant_key) c cross join lateral
/// (… where tenant_key = c.tenant_key … limit n)`, with [`TenantRead::tenant_key`] as `$1`. The
/// limit keeps the inner part from being planned ahead of the setting; were it ever, or the
/// setting forgotten, row-level security answers with an error and never with rows. The setting
/// ends with the statement. Everything that writes, or reads twice, uses a `TenantTx`.
#[derive(Debug)]
pub struct TenantRead {
    lent: Lent,
    tenant_key: TenantKey,
}

impl TenantRead {
    /// The connection, for a statement in `store/`.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.lent.conn()
    }

    /// The organization whose rows the statement is to ask for.
    pub fn tenant_key(&self) -> TenantKey {
        self.tenant_key
    }

    /// Keeps the connection for the next reader. Dropped without this – after an error, or when
    /// the caller went away in the middle of an answer – it is closed, because nobody knows what
    /// is left on it.
    pub fn finish(self) {
        self.lent.give_back();
    }
}

/// A connection outside any transaction and organization, for one call of a listed
/// `SECURITY DEFINER` function: the statement is its own transaction, which saves the two round
/// trips of opening and committing one, and the question a pool asks of what comes back to it.
#[derive(Debug)]
pub struct PlatformCall {
    lent: Lent,
}

impl PlatformCall {
    /// The connection, for one statement.
    pub fn conn(&mut self) -> &mut PgConnection {
        self.lent.conn()
    }

    /// Keeps the connection for the next call; see [`TenantRead::finish`].
    pub fn finish(self) {
        self.lent.give_back();
    }
}

impl Pool {
    /// A connection for one call of a listed function; see [`PlatformCall`].
    pub async fn call_once(&self) -> Result<PlatformCall, PgFault> {
        Ok(PlatformCall {
            lent: self.reads().lend().await?,
        })
    }

    /// A connection for one read of `principal`'s organization, saving three round trips of
    /// four: `begin`, `commit`, and the question a pool asks of what comes back to it.
    pub async fn read_once(&self, principal: &Principal) -> Result<TenantRead, PgFault> {
        Ok(TenantRead {
            tenant_key: principal.tenant_key.ok_or(PgFault::NoTenant)?,
            lent: self.reads().lend().await?,
        })
    }
}
