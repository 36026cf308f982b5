//! Folds the tallies of exposures, so that what is written often stays few rows to add up.
//!
//! Takes no input and is idempotent: what is folded already is left alone, and the sums stay what they
//! are.

use wt_pg::Pool;

use crate::{error::ResultsFault, store};

/// One step; returns how many rows were folded.
pub(crate) async fn step(pool: &Pool) -> Result<i64, ResultsFault> {
    let mut tx = pool.begin_platform("fold_tallies").await?;
    let folded = store::dashboard::fold(tx.conn()).await?;
    tx.commit().await?;
    if folded > 0 {
        tracing::debug!(rows = folded, "tallies folded");
    }
    Ok(folded)
}
