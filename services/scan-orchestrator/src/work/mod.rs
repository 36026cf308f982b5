//! Reconcilers: no input, idempotent, woken by a timer.

mod count_jobs;
mod dispatch_jobs;
mod enforce_deadlines;
mod keep_schedules;
mod note_progress;
mod note_workers;

pub(crate) use dispatch_jobs::redispatch;

use std::{sync::Arc, time::Duration};

use wt_lifecycle::Life;

use crate::{api::Api, config::RhythmArgs, error::ScanFault, metrics::Metrics};

/// Starts every reconciler.
pub(crate) fn start(api: &Arc<Api>, life: &Life, rhythm: &RhythmArgs, metrics: &Metrics) {
    let (pool, bus) = (&api.pool, &api.bus);
    note_progress::start(bus, life, pool.clone(), rhythm.progress());
    note_workers::start(bus, life, pool.clone(), rhythm.progress());
    let (period, silence) = (rhythm.reconcile(), rhythm.silence_seconds());
    let (deadlines, workers) = (pool.clone(), bus.clone());
    reconcile(life, "enforce-deadlines", period, move || {
        let (pool, bus) = (deadlines.clone(), workers.clone());
        async move { enforce_deadlines::step(&pool, &bus).await }
    });
    let asks = api.clone();
    reconcile(life, "keep-schedules", period, move || {
        let api = asks.clone();
        async move { keep_schedules::step(&api).await }
    });
    let jobs = pool.clone();
    reconcile(life, "dispatch-jobs", period, move || {
        let pool = jobs.clone();
        async move { dispatch_jobs::step(&pool, silence).await }
    });
    let (counted, gauge) = (pool.clone(), metrics.clone());
    reconcile(life, "count-jobs", period, move || {
        let (pool, metrics) = (counted.clone(), gauge.clone());
        async move { count_jobs::step(&pool, &metrics).await }
    });
}

/// A step that says how many rows it moved on.
fn reconcile<F, S>(life: &Life, name: &'static str, period: Duration, step: F)
where
    F: Fn() -> S + Send + 'static,
    S: Future<Output = Result<usize, ScanFault>> + Send + 'static,
{
    life.every(name, period, move || {
        let taken = step();
        async move {
            match taken.await? {
                0 => {}
                moved => tracing::info!(reconciler = name, moved, "moved on"),
            }
            Ok::<(), ScanFault>(())
        }
    });
}
