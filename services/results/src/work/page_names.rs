//! Puts the names of hosts into pages, so that a word is soon looked for in all of them.
//!
//! Takes no input and is idempotent: a host is in one page or in none, and found in both.

use wt_pg::Pool;

use crate::{error::ResultsFault, store};

/// Hosts in one transaction: some tenths of a second.
const HOSTS: i64 = 5_000;

/// Goes on until no page is to be filled; returns how many hosts are in one now.
pub(crate) async fn step(pool: &Pool) -> Result<i64, ResultsFault> {
    let mut all = 0;
    loop {
        let mut tx = pool.begin_platform("page_names").await?;
        let paged = store::exposure_name::page(tx.conn(), HOSTS).await?;
        tx.commit().await?;
        if paged == 0 {
            return Ok(all);
        }
        all += paged;
    }
}
