//! Makes the tables that events of this month and the next two are kept in.
//!
//! Takes no input and is idempotent: a month that is there is left alone. An event whose month is
//! not made yet is not refused, it waits in `results.events_rest` and moves when its month is made.

use wt_pg::Pool;

use crate::{error::ResultsFault, store};

/// One step; returns how many months were made.
pub(crate) async fn step(pool: &Pool) -> Result<i32, ResultsFault> {
    let mut tx = pool.begin_platform("make_months").await?;
    let made = store::month::make(tx.conn()).await?;
    tx.commit().await?;
    if made > 0 {
        tracing::info!(months = made, "months made");
    }
    Ok(made)
}
