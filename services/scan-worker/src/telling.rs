//! How far a job is: at most four messages a second, each with the lines since the last.
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use wt_bus::{Bus, envelope_for};
use wt_engine::{Progress, ProgressSink, Stage};
use wt_model::Principal;
use wt_proto::{
    convert::to_timestamp,
    event::{LogLine, ScanProgress},
    subject::scan_progress,
};

use crate::{SERVICE, checkpoint::Kept, intake::VerifiedJob};

/// Time between two messages of one job.
const INTERVAL: Duration = Duration::from_millis(250);
/// Ticks of silence after which a job says that it lives, news or not: five seconds, a third of
/// the orchestrator's lease (promises P3).
const HEARTBEAT_TICKS: u32 = 20;
/// Lines kept until the next message; a job that says more loses its oldest.
const LINES_MAX: usize = 200;

#[derive(Debug, Default)]
struct State {
    planned: u64,
    settled: u64,
    stage: Option<Stage>,
    host: String,
    lines: VecDeque<LogLine>,
    has_news: bool,
    kept: Kept,
    /// Ticks since something was said.
    quiet: u32,
}

/// Gathers the engine's news.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gathered(Arc<Mutex<State>>);

impl ProgressSink for Gathered {
    fn report(&self, news: Progress) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_news = true;
        match news {
            Progress::Settled {
                settled,
                planned,
                stage,
                host,
            } => {
                // Tasks report out of order; what is settled stays settled.
                state.settled = state.settled.max(settled);
                state.planned = planned;
                state.stage = Some(stage);
                if !host.is_empty() {
                    state.host = host;
                }
            }
            Progress::Line { level, text } => {
                if state.lines.len() >= LINES_MAX {
                    state.lines.pop_front();
                }
                state.lines.push_back(LogLine {
                    at: Some(to_timestamp(OffsetDateTime::now_utc())),
                    level: level.as_str().to_owned(),
                    text,
                });
            }
        }
    }
}

impl Gathered {
    /// Notes the newest checkpoint. Every message says it again: each of them may be lost.
    pub(crate) fn kept(&self, newest: Kept) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.has_news = true;
        state.kept = newest;
    }

    fn take(&self, job: &VerifiedJob, attempt: u32) -> Option<ScanProgress> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.quiet += 1;
        if !std::mem::take(&mut state.has_news) && state.quiet < HEARTBEAT_TICKS {
            return None;
        }
        state.quiet = 0;
        Some(ScanProgress {
            job_id: job.job_id.to_string(),
            run_id: job.run_id.to_string(),
            attempt,
            cells_planned: state.planned,
            cells_settled: state.settled,
            stage: state
                .stage
                .map(Stage::as_str)
                .unwrap_or_default()
                .to_owned(),
            host: state.host.clone(),
            at: Some(to_timestamp(OffsetDateTime::now_utc())),
            lines: state.lines.drain(..).collect(),
            checkpoint: state.kept.key.clone(),
            checkpoint_cells: state.kept.cells,
        })
    }
}

/// Tells the news of a job until `done`, and once more then. Losing a message is harmless.
pub(crate) async fn tell(
    bus: Bus,
    job: VerifiedJob,
    attempt: u32,
    principal: Principal,
    news: Gathered,
    done: CancellationToken,
) {
    let subject = scan_progress(job.tenant_key, job.run_id);
    let mut tick = tokio::time::interval(INTERVAL);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let is_last = tokio::select! {
            () = done.cancelled() => true,
            _ = tick.tick() => false,
        };
        if let Some(progress) = news.take(&job, attempt) {
            let envelope = envelope_for(SERVICE, job.tenant_key, &principal, &progress);
            if let Err(error) = bus.say(&subject, &envelope).await {
                tracing::debug!(error = %wt_fault::chain(&error), "progress was not told");
            }
        }
        if is_last {
            return;
        }
    }
}
