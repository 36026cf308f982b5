//! Reconcilers: no input, idempotent, woken by a timer.

mod count_jobs;
mod dispatch_jobs;
mod enforce_deadlines;
mod note_progress;
mod note_workers;

use std::{convert::Infallible, time::Duration};

use tokio::time::{MissedTickBehavior, interval};
use wt_bus::Bus;
use wt_lifecycle::Life;
use wt_pg::Pool;

use crate::{config::RhythmArgs, error::ScanFault, metrics::Metrics};

/// Starts every reconciler.
pub(crate) fn start(bus: &Bus, life: &Life, pool: &Pool, rhythm: &RhythmArgs, metrics: &Metrics) {
    note_progress::start(bus, life, pool.clone(), rhythm.progress());
    note_workers::start(bus, life, pool.clone(), rhythm.progress());
    let (period, silence) = (rhythm.reconcile(), rhythm.silence_seconds());
    let (deadlines, workers) = (pool.clone(), bus.clone());
    every(life, "enforce-deadlines", period, move || {
        let (pool, bus) = (deadlines.clone(), workers.clone());
        async move { enforce_deadlines::step(&pool, &bus).await }
    });
    let jobs = pool.clone();
    every(life, "dispatch-jobs", period, move || {
        let pool = jobs.clone();
        async move { dispatch_jobs::step(&pool, silence).await }
    });
    let (counted, gauge) = (pool.clone(), metrics.clone());
    every(life, "count-jobs", period, move || {
        let (pool, metrics) = (counted.clone(), gauge.clone());
        async move { count_jobs::step(&pool, &metrics).await }
    });
}

fn every<F, S>(life: &Life, name: &'static str, period: Duration, step: F)
where
    F: Fn() -> S + Send + 'static,
    S: Future<Output = Result<usize, ScanFault>> + Send,
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
            match step().await {
                Ok(0) => {}
                Ok(moved) => tracing::info!(reconciler = name, moved, "moved on"),
                // Tried again at the next tick: a database that is away is not the end.
                Err(fault) => {
                    tracing::warn!(reconciler = name, error = %wt_fault::chain(&fault), "not now");
                }
            }
        }
    });
}
