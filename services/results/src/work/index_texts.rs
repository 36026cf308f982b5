//! Takes up the words of what was seen, so that they are found.
//!
//! Takes no input and is idempotent: it goes on where it was, and what is there already is left alone.

use wt_pg::Pool;

use crate::{error::ResultsFault, store};

/// Leaves looked at in one transaction: some tenths of a second.
const LEAVES: i64 = 5_000;

/// Goes on until nothing is left; returns how many leaves were looked at.
pub(crate) async fn step(pool: &Pool) -> Result<i64, ResultsFault> {
    let mut all = 0;
    loop {
        let mut tx = pool.begin_platform("index_texts").await?;
        let looked_at = store::exposure_text::index(tx.conn(), LEAVES).await?;
        tx.commit().await?;
        if looked_at == 0 {
            return Ok(all);
        }
        all += looked_at;
    }
}
