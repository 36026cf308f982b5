//! Reconcilers: no input, idempotent, woken by a timer.

pub(crate) mod make_months;
pub(crate) mod prune_history;
pub(crate) mod roll_up_trends;

use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_lifecycle::Life;
use wt_pg::Pool;

pub(crate) use self::prune_history::Keeper;
use crate::error::ResultsFault;

/// How late a trend may know of an event. No result waits for it.
const ROLL_UP_PERIOD: Duration = Duration::from_secs(2);
/// How soon a month that events wait for is made. Months are made two ahead, so this only matters
/// to results of a clock that is months ahead.
const MONTHS_PERIOD: Duration = Duration::from_hours(1);

/// Starts every reconciler.
pub(crate) fn start(pool: &Pool, life: &Life, keeper: &Keeper, retention_every: Duration) {
    let of = pool.clone();
    every(life, "roll-up-trends", ROLL_UP_PERIOD, move || {
        let pool = of.clone();
        async move { roll_up_trends::step(&pool).await.map(|_| ()) }
    });
    let of = pool.clone();
    every(life, "make-months", MONTHS_PERIOD, move || {
        let pool = of.clone();
        async move { make_months::step(&pool).await.map(|_| ()) }
    });
    let keeper = keeper.clone();
    every(life, "prune-history", retention_every, move || {
        let keeper = keeper.clone();
        async move { prune_history::step(&keeper).await }
    });
}

/// Takes a step now and then until the service stops. One that fails is tried again at the next
/// tick: a database that is away is not the end.
fn every<F, S>(life: &Life, name: &'static str, period: Duration, step: F)
where
    F: Fn() -> S + Send + 'static,
    S: Future<Output = Result<(), ResultsFault>> + Send,
{
    let stopping = life.stopping();
    life.spawn(name, async move {
        let mut timer = interval(period);
        timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                _ = timer.tick() => {}
            }
            if let Err(fault) = step().await {
                tracing::warn!(error = %wt_fault::chain(&fault), work = name, "step failed");
            }
        }
    });
}
