//! Reconcilers: no input, idempotent, woken by a timer.

pub(crate) mod roll_up_trends;

use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_lifecycle::Life;
use wt_pg::Pool;

/// How late a trend may know of an event. No result waits for it.
const ROLL_UP_PERIOD: Duration = Duration::from_secs(2);

/// Starts every reconciler.
pub(crate) fn start(pool: &Pool, life: &Life) {
    let (pool, stopping) = (pool.clone(), life.stopping());
    life.spawn("roll-up-trends", async move {
        let mut timer = interval(ROLL_UP_PERIOD);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                _ = timer.tick() => {}
            }
            // Tried again at the next tick: a database that is away is not the end.
            if let Err(fault) = roll_up_trends::step(&pool).await {
                tracing::warn!(error = %wt_fault::chain(&fault), "trends not rolled up");
            }
        }
    });
}
