//! Watching a run to its end over the live stream.
//!
//! The stream says when to look; what is believed is the run itself, read again. A stream that
//! breaks is resumed, and while it is away the run is asked from time to time.
mod bar;
mod events;

use std::{pin::pin, time::Duration};

use serde_json::Value;
use tokio::time::{Instant, sleep_until, timeout};

use crate::{api::Api, args::Global, fault::CliFault};

use bar::Progress;
use events::{Events, LiveEvent};

/// Longest silence of a stream: the server comments every 15 s.
const SILENCE_MAX: Duration = Duration::from_secs(35);
/// How often the run is asked while nothing is heard of it: what a lost event costs.
const ASK_EVERY: Duration = Duration::from_secs(3);
/// Waits between two tries to resume.
const AGAIN: Duration = Duration::from_millis(500);

/// Watches `run` to its end and returns it.
///
/// # Errors
/// Ctrl-C and `patience` end the watching, not the run.
pub(crate) async fn to_end(
    api: &Api,
    global: &Global,
    run: &Value,
    patience: Option<Duration>,
) -> Result<Value, CliFault> {
    let id = run
        .get("id")
        .and_then(Value::as_str)
        .ok_or_else(|| CliFault::Unexpected("the run has no id".to_owned()))?
        .to_owned();
    let mut progress = Progress::new(global.quiet, &id);
    progress.run(run);
    let mut watch = pin!(watch(api, &id, &mut progress));
    let interrupted = tokio::signal::ctrl_c();
    let deadline = async {
        match patience {
            Some(patience) => tokio::time::sleep(patience).await,
            None => std::future::pending().await,
        }
    };
    let outcome = tokio::select! {
        run = &mut watch => run,
        _ = interrupted => Err(CliFault::Interrupted(format!(
            "stopped watching; the run goes on: watchtower scan follow {id}"
        ))),
        () = deadline => Err(CliFault::TimedOut(format!(
            "the run is not at its end yet: watchtower scan follow {id}"
        ))),
    };
    outcome
}

async fn watch(api: &Api, id: &str, progress: &mut Progress) -> Result<Value, CliFault> {
    let path = format!("/scans/{id}");
    let topic = format!("run:{id}");
    let mut last: Option<String> = None;
    loop {
        // Listening first, then reading: nothing that happens in between is missed.
        let mut events = api
            .stream(&topic, last.as_deref())
            .await
            .ok()
            .map(Events::new);
        let run = api.get(&path, &[]).await?;
        progress.run(&run);
        if ended(&run) {
            return Ok(run);
        }
        if let Some(events) = &mut events {
            if let Some(run) = listen(api, &path, events, progress).await? {
                return Ok(run);
            }
            last = events.last_id().map(str::to_owned).or(last);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Follows one connection until the run ends or the connection does.
async fn listen(
    api: &Api,
    path: &str,
    events: &mut Events,
    progress: &mut Progress,
) -> Result<Option<Value>, CliFault> {
    let mut ask_at = Instant::now() + ASK_EVERY;
    loop {
        let heard = tokio::select! {
            heard = timeout(SILENCE_MAX, events.next()) => match heard {
                Ok(Some(event)) => Some(event),
                // Broken, ended or silent: come back.
                Ok(None) | Err(_) => return Ok(None),
            },
            () = sleep_until(ask_at) => None,
        };
        let look = match heard {
            Some(LiveEvent { name, data, .. }) => progress.event(&name, &data),
            None => true,
        };
        if look {
            ask_at = Instant::now() + ASK_EVERY;
            let run = api.get(path, &[]).await?;
            progress.run(&run);
            if ended(&run) {
                return Ok(Some(run));
            }
        }
    }
}

fn ended(run: &Value) -> bool {
    matches!(state(run), "completed" | "partial" | "failed" | "cancelled")
}

/// The state of a run.
pub(crate) fn state(run: &Value) -> &str {
    run.get("state").and_then(Value::as_str).unwrap_or_default()
}

/// A run that did not look at everything it planned is not a success (deploy.md §2).
pub(crate) fn require_completed(run: &Value) -> Result<(), CliFault> {
    if state(run) == "completed" {
        return Ok(());
    }
    let reason = run
        .get("reason")
        .and_then(Value::as_str)
        .unwrap_or_default();
    Err(CliFault::Incomplete(crate::output::safe(&format!(
        "the run ended {}{}{reason}",
        state(run),
        if reason.is_empty() { "" } else { ": " },
    ))))
}
