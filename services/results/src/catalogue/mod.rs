//! `wt-results checks withdraw`: what the catalogue no longer has is `STALE_CHECK`, never FIXED.
//!
//! Nobody looks for it any more, so it would stay open for ever. A later sighting, by a worker
//! that still has the check or after the check came back, reopens it under its old key.

mod command;

pub use command::command;

use futures::FutureExt as _;
use serde::Serialize;
use std::sync::Arc;
use wt_model::{Principal, TenantKey};
use wt_pg::{Pool, TenantTx};

use crate::{
    NAME,
    domain::withdrawal::Withdrawn,
    ending::{Withdrawal, end},
    error::ResultsFault,
    ledger_keys::LedgerKeys,
    store,
};

/// What a withdrawal of a check ended.
#[derive(Debug, Serialize)]
pub struct Ended {
    /// The check.
    pub check: String,
    /// Organizations that had live exposures of it.
    pub organizations: usize,
    /// Exposures that are `stale_check` now.
    pub exposures: usize,
}

/// Ends the live exposures of a check in every organization, one transaction for each. Twice does
/// what once does; after a failure in the middle, the next run goes on.
pub(crate) async fn withdraw(
    pool: &Pool,
    key: &Arc<LedgerKeys>,
    check: &str,
    reason: &str,
) -> Result<Ended, ResultsFault> {
    let mut tx = pool.begin_platform("organizations_with_check").await?;
    let organizations = store::withdrawal::organizations_with_check(tx.conn(), check).await?;
    tx.commit().await?;
    let withdrawal = Arc::new(Withdrawal {
        what: Withdrawn::Check,
        r#ref: check.to_owned(),
        cause: check.to_owned(),
        reason: reason.to_owned(),
    });
    let mut ended = Ended {
        check: check.to_owned(),
        organizations: organizations.len(),
        exposures: 0,
    };
    for tenant in organizations {
        ended.exposures += end_of(pool, tenant, key, &withdrawal).await?;
    }
    Ok(ended)
}

async fn end_of(
    pool: &Pool,
    tenant: TenantKey,
    key: &Arc<LedgerKeys>,
    withdrawal: &Arc<Withdrawal>,
) -> Result<usize, ResultsFault> {
    let principal = Principal::service(NAME, tenant);
    pool.run(&principal, "withdraw_check", |tx| {
        let (withdrawal, key) = (Arc::clone(withdrawal), Arc::clone(key));
        async move { in_turn(tx, &key, &withdrawal).await }.boxed()
    })
    .await
}

async fn in_turn(
    tx: &mut TenantTx,
    key: &LedgerKeys,
    withdrawal: &Withdrawal,
) -> Result<usize, ResultsFault> {
    let turn = store::ledger::lock(tx).await?;
    let priors = store::exposure::lock_by_check(tx, &withdrawal.r#ref).await?;
    end(tx, key, turn, &priors, withdrawal).await
}
