//! Reconcilers: no input, idempotent, woken by a timer.

mod expire_authorizations;

use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_lifecycle::Life;
use wt_pg::Pool;

use crate::metrics::Metrics;

/// How late an expired authorization may end. Scope resolution never counts an expired one, so
/// this only delays the news of it.
const EXPIRY_PERIOD: Duration = Duration::from_secs(10);

/// Starts every reconciler.
pub(crate) fn start(pool: &Pool, life: &Life, metrics: Metrics) {
    let (pool, stopping) = (pool.clone(), life.stopping());
    life.spawn("expire-authorizations", async move {
        let mut timer = interval(EXPIRY_PERIOD);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                _ = timer.tick() => {}
            }
            match expire_authorizations::step(&pool).await {
                Ok(ended) => {
                    metrics
                        .expired
                        .inc_by(u64::try_from(ended).unwrap_or_default());
                }
                // Tried again at the next tick: a database that is away is not the end.
                Err(fault) => {
                    tracing::warn!(error = %wt_fault::chain(&fault), "authorizations not expired");
                }
            }
        }
    });
}
