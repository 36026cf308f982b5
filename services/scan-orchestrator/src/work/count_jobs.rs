//! Tells the operator how many jobs wait, over every organization.

use wt_pg::Pool;

use crate::{error::ScanFault, metrics::Metrics, store};

pub(super) async fn step(pool: &Pool, metrics: &Metrics) -> Result<usize, ScanFault> {
    let mut tx = pool.begin_platform("jobs_by_state").await?;
    let counts = store::job::count_by_state(&mut tx).await?;
    tx.commit().await?;
    metrics.jobs(&counts);
    Ok(0)
}
