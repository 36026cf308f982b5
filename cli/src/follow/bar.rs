//! Progress of a run on stderr: a bar for people, plain lines for everything else.
use std::{collections::BTreeMap, io::IsTerminal as _, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use tokio::time::Instant;

use crate::output::{safe, say};

/// Plain lines are at least this far apart, unless the state changed.
const LINE_EVERY: Duration = Duration::from_secs(2);
/// Longest host shown beside the bar.
const HOST_CHARS_MAX: usize = 40;

/// What is shown of a run.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    quiet: bool,
    state: String,
    planned: u64,
    settled: u64,
    /// Settled cells of each job's newest attempt.
    jobs: BTreeMap<String, u64>,
    said_at: Option<Instant>,
    /// Why the run waits, as it was said last.
    notice: String,
}

impl Progress {
    pub(super) fn new(quiet: bool, run: &str) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // The template is a constant; a wrong one would only look plain.
            if let Ok(style) = ProgressStyle::with_template(
                "{spinner} {prefix} [{bar:32}] {pos}/{len} cells {msg}",
            ) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.enable_steady_tick(Duration::from_millis(120));
            bar
        });
        if !quiet {
            say(&format!("run {run}"));
        }
        Self {
            bar,
            quiet,
            state: String::new(),
            planned: 0,
            settled: 0,
            jobs: BTreeMap::new(),
            said_at: None,
            notice: String::new(),
        }
    }

    /// What the run itself says.
    pub(super) fn run(&mut self, run: &Value) {
        let count = |pointer| run.pointer(pointer).and_then(Value::as_u64).unwrap_or(0);
        self.planned = self.planned.max(count("/cells/planned"));
        self.settled = self.settled.max(count("/cells/settled"));
        self.note(run);
        let state = super::state(run).to_owned();
        let changed = state != self.state;
        self.state = state;
        self.show("", changed);
    }

    /// Says once why the run does not go on.
    fn note(&mut self, run: &Value) {
        let notice = run
            .get("notice")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if notice != self.notice {
            notice.clone_into(&mut self.notice);
            if !self.quiet && !notice.is_empty() {
                match &self.bar {
                    Some(bar) => bar.println(safe(notice)),
                    None => say(&safe(notice)),
                }
            }
        }
    }

    /// What the stream says; true when the run should be read again.
    pub(super) fn event(&mut self, name: &str, data: &Value) -> bool {
        let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        match name {
            "scan.progress" => {
                let settled = data
                    .get("cells_settled")
                    .and_then(Value::as_u64)
                    .unwrap_or(0);
                // Another attempt starts again; what was shown is not taken back.
                self.jobs.insert(text("job_id").to_owned(), settled);
                self.settled = self.settled.max(self.jobs.values().sum());
                let host: String = safe(text("host")).chars().take(HOST_CHARS_MAX).collect();
                self.show(&format!("{} {host}", safe(text("stage"))), false);
                false
            }
            "scan.log" => {
                let line = format!("{}: {}", safe(text("level")), safe(text("line")));
                match &self.bar {
                    Some(bar) => bar.println(line),
                    None if !self.quiet => say(&line),
                    None => {}
                }
                false
            }
            "run.changed" | "resync" => true,
            _ => false,
        }
    }

    fn show(&mut self, now: &str, changed: bool) {
        if let Some(bar) = &self.bar {
            bar.set_prefix(self.state.clone());
            bar.set_length(self.planned.max(self.settled));
            bar.set_position(self.settled);
            if !now.is_empty() {
                bar.set_message(now.to_owned());
            }
            return;
        }
        let due = self.said_at.is_none_or(|at| at.elapsed() >= LINE_EVERY);
        if !self.quiet && (changed || due) {
            self.said_at = Some(Instant::now());
            say(format!(
                "{} {}/{} cells {now}",
                self.state, self.settled, self.planned
            )
            .trim_end());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.abandon();
        }
    }
}
