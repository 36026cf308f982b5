//! Adds up what events did to the live exposures, day by day.
//!
//! Takes no input and is idempotent: how far it got is written with what it added, so that run
//! twice, on two replicas or after a crash at any line, each event counts once.

use wt_model::{Principal, TenantKey};
use wt_pg::Pool;

use crate::{NAME, error::ResultsFault, store};

/// Most leaves of one organization added up in one transaction, so that it stays short.
const LEAVES_MAX: i64 = 10_000;
/// Most organizations visited in one step.
const TENANTS_MAX: i32 = 100;

/// One step; returns how many leaves were added up.
pub(crate) async fn step(pool: &Pool) -> Result<u64, ResultsFault> {
    let mut tx = pool.begin_platform("trends_due").await?;
    let due = store::trend::list_due(tx.conn(), TENANTS_MAX).await?;
    tx.commit().await?;
    let mut added = 0;
    for tenant in due {
        added += roll_up(pool, tenant).await?;
    }
    Ok(added)
}

async fn roll_up(pool: &Pool, tenant: TenantKey) -> Result<u64, ResultsFault> {
    let principal = Principal::service(NAME, tenant);
    let mut tx = pool.begin(&principal, "roll_up_trends").await?;
    let Some(cursor) = store::trend::lock_cursor(&mut tx).await? else {
        // Another replica adds up this one.
        return Ok(0);
    };
    let until = cursor.size.min(cursor.next_leaf + LEAVES_MAX);
    let (terms, _) = store::sla::get(&mut tx).await?.unwrap_or_default();
    store::trend::add_events(&mut tx, cursor.next_leaf, until, &terms).await?;
    store::trend::add_looks(&mut tx, cursor.next_turn, cursor.turns).await?;
    store::trend::move_cursor(&mut tx, until, cursor.turns).await?;
    tx.commit().await?;
    Ok(u64::try_from(until - cursor.next_leaf).unwrap_or_default())
}
