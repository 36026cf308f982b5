//! The running service: its tasks, its readiness and its end.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    error::Error,
    process::ExitCode,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{MissedTickBehavior, interval},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use wt_telemetry::Metrics;

use crate::StartError;

/// Handle on the running service; cheap to clone.
#[derive(Debug, Clone)]
pub struct Life {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    service: &'static str,
    stop: CancellationToken,
    tasks: TaskTracker,
    failed: AtomicBool,
    started: AtomicBool,
    ended: Notify,
    flags: Mutex<BTreeMap<&'static str, Arc<AtomicBool>>>,
    metrics: Metrics,
}

/// One reason the service may not be ready, such as a database that is away.
#[derive(Debug, Clone)]
pub struct ReadyFlag(Arc<AtomicBool>);

impl ReadyFlag {
    /// Says whether the dependency is there now.
    pub fn set(&self, ready: bool) {
        self.0.store(ready, Ordering::Release);
    }
}

impl Life {
    /// A life outside [`run`](crate::run), for tests that start a service in process.
    pub fn new(service: &'static str) -> Self {
        Self {
            inner: Arc::new(Inner {
                service,
                stop: CancellationToken::new(),
                tasks: TaskTracker::new(),
                failed: AtomicBool::new(false),
                started: AtomicBool::new(false),
                ended: Notify::new(),
                flags: Mutex::new(BTreeMap::new()),
                metrics: Metrics::new(),
            }),
        }
    }

    /// The service's name.
    pub fn service(&self) -> &'static str {
        self.inner.service
    }

    /// The process's metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    /// Cancelled when the service is to stop; tasks finish what is under way and return.
    pub fn stopping(&self) -> CancellationToken {
        self.inner.stop.clone()
    }

    /// Asks the service to stop.
    pub fn stop(&self) {
        self.inner.stop.cancel();
    }

    /// Declares something the service needs to be ready; not ready until set.
    pub fn readiness(&self, name: &'static str) -> ReadyFlag {
        let mut flags = self
            .inner
            .flags
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        ReadyFlag(Arc::clone(flags.entry(name).or_default()))
    }

    /// Runs a task the service can't do without. If it ends before the service is asked to
    /// stop, or fails, the service stops with exit code 1.
    pub fn spawn<F, E>(&self, name: &'static str, task: F)
    where
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<StartError>,
    {
        let life = self.clone();
        self.inner.tasks.spawn(async move {
            // A panic ends the task; this tells the difference from a return.
            let mut guard = PanicGuard {
                life: &life,
                name,
                armed: true,
            };
            let ended = task.await;
            guard.armed = false;
            match ended {
                Ok(()) if life.inner.stop.is_cancelled() => {}
                Ok(()) => life.fail(name, "it ended by itself"),
                Err(error) => life.fail(name, &crate::chain(error.into().as_ref())),
            }
        });
    }

    /// Takes a step now and every `period` until the service stops, never two at once. One that
    /// fails is tried again at the next tick: a database that is away is not the end.
    pub fn every<F, S, E>(&self, name: &'static str, period: Duration, mut step: F)
    where
        F: FnMut() -> S + Send + 'static,
        S: Future<Output = Result<(), E>> + Send,
        E: Error + Send + 'static,
    {
        let stopping = self.stopping();
        self.spawn(name, async move {
            let mut timer = interval(period);
            timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return Ok::<(), Infallible>(()),
                    _ = timer.tick() => {}
                }
                if let Err(error) = step().await {
                    tracing::warn!(work = name, error = crate::chain(&error), "a step failed");
                }
            }
        });
    }

    fn fail(&self, task: &str, why: &str) {
        tracing::error!(task, error = why, "a task the service needs ended");
        self.inner.failed.store(true, Ordering::Release);
        self.inner.ended.notify_waiters();
        self.stop();
    }

    pub(crate) fn started(&self) {
        self.inner.started.store(true, Ordering::Release);
    }

    /// Whether the service answers requests now, and what keeps it from it.
    pub fn is_ready(&self) -> (bool, Vec<(&'static str, bool)>) {
        let flags = self
            .inner
            .flags
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut states: Vec<(&'static str, bool)> = flags
            .iter()
            .map(|(name, flag)| (*name, flag.load(Ordering::Acquire)))
            .collect();
        states.push(("started", self.inner.started.load(Ordering::Acquire)));
        states.push(("not stopping", !self.inner.stop.is_cancelled()));
        (states.iter().all(|(_, ready)| *ready), states)
    }

    pub(crate) async fn wait_for_end(&self) -> bool {
        self.inner.stop.cancelled().await;
        self.inner.failed.load(Ordering::Acquire)
    }

    pub(crate) async fn drain(&self, deadline: Duration, failed: bool) -> ExitCode {
        self.inner.tasks.close();
        if tokio::time::timeout(deadline, self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                tasks = self.inner.tasks.len(),
                "stopped before everything was done"
            );
            return ExitCode::FAILURE;
        }
        let failed = failed || self.inner.failed.load(Ordering::Acquire);
        tracing::info!(failed, "stopped");
        if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }

    /// Stops and waits for every task, for tests that start a service in process.
    pub async fn end(&self, deadline: Duration) -> bool {
        self.stop();
        self.inner.tasks.close();
        tokio::time::timeout(deadline, self.inner.tasks.wait())
            .await
            .is_ok()
    }
}

struct PanicGuard<'a> {
    life: &'a Life,
    name: &'static str,
    armed: bool,
}

impl Drop for PanicGuard<'_> {
    fn drop(&mut self) {
        if self.armed && !self.life.inner.stop.is_cancelled() {
            self.life.fail(self.name, "it panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use super::Life;

    #[tokio::test]
    async fn a_needed_task_that_ends_stops_the_service() {
        let life = Life::new("test");
        life.spawn("short", async { Ok::<(), Infallible>(()) });
        assert!(life.wait_for_end().await, "the end counts as a failure");
    }

    #[tokio::test]
    async fn a_panicking_task_stops_the_service() {
        let life = Life::new("test");
        life.spawn("bad", async {
            assert!(life_is_short(), "on purpose");
            Ok::<(), Infallible>(())
        });
        assert!(life.wait_for_end().await);
    }

    fn life_is_short() -> bool {
        false
    }

    #[tokio::test]
    async fn a_service_that_was_asked_to_stop_ends_well_and_is_not_ready() {
        let life = Life::new("test");
        let flag = life.readiness("database");
        let stopping = life.stopping();
        life.spawn("patient", async move {
            stopping.cancelled().await;
            Ok::<(), Infallible>(())
        });
        life.started();
        assert!(!life.is_ready().0);
        flag.set(true);
        assert!(life.is_ready().0);
        assert!(life.end(Duration::from_secs(5)).await);
        assert!(!life.is_ready().0);
    }

    #[tokio::test]
    async fn a_step_that_fails_is_taken_again_and_stops_nothing() {
        let life = Life::new("test");
        let (taken, mut steps) = tokio::sync::mpsc::unbounded_channel();
        life.every("step", Duration::from_millis(1), move || {
            let told = taken.send(());
            async move {
                told.map_err(std::io::Error::other)?;
                Err::<(), _>(std::io::Error::other("away"))
            }
        });
        for _ in 0..3 {
            steps.recv().await.unwrap();
        }
        assert!(!life.stopping().is_cancelled());
        assert!(life.end(Duration::from_mins(1)).await);
        while steps.recv().await.is_some() {}
    }
}
