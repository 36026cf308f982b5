//! Reconcilers: no input, idempotent, woken by a timer.

mod expire_authorizations;

use std::time::Duration;

use wt_lifecycle::Life;
use wt_pg::Pool;

use crate::{error::AssetFault, metrics::Metrics};

/// How late an expired authorization may end. Scope resolution never counts an expired one, so
/// this only delays the news of it.
const EXPIRY_PERIOD: Duration = Duration::from_secs(10);

/// Starts every reconciler.
pub(crate) fn start(pool: &Pool, life: &Life, metrics: Metrics) {
    let pool = pool.clone();
    life.every("expire-authorizations", EXPIRY_PERIOD, move || {
        let (pool, metrics) = (pool.clone(), metrics.clone());
        async move {
            let ended = expire_authorizations::step(&pool).await?;
            metrics
                .expired
                .inc_by(u64::try_from(ended).unwrap_or_default());
            Ok::<(), AssetFault>(())
        }
    });
}
