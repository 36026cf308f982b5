//! Why a run does not go on, in words, and what the platform's staff can do about it.

use wt_model::RunState;

/// How long a worker that holds a job, or results, may say nothing: three leases, so that one
/// that restarts is none of it.
pub(crate) const SILENCE_SECONDS: f64 = 90.0;
/// How long jobs may wait while nobody works on their run.
pub(crate) const WAIT_SECONDS: f64 = 300.0;
/// How long ago a job has to be dispatched or heard of to be dispatched by hand: one lease, so
/// that asking twice dispatches once and a job under way is left to its worker.
pub(crate) const DISPATCH_SECONDS: f64 = 30.0;

/// Sends the jobs again that nobody is heard of.
pub(crate) const DISPATCH: &str = "dispatch";
/// Ends the run.
pub(crate) const CANCEL: &str = "cancel";

/// What is told of a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) reason: &'static str,
    pub(crate) advice: &'static str,
    /// What helps.
    pub(crate) may: Vec<&'static str>,
}

/// Says what a problem of `scan.runs_stuck` means for a run in `state`.
pub(crate) fn told(problem: &str, state: RunState) -> Told {
    let (reason, advice, dispatch) = match problem {
        "past_deadline" => (
            "its time is over and nothing ended it",
            "see why the orchestrator does not enforce deadlines (its log, reconciler enforce-deadlines), or cancel it",
            false,
        ),
        "not_settled" => (
            "every job ended and the run did not",
            "keep its id for whoever mends the defect, and cancel it",
            false,
        ),
        "worker_silent" => (
            "a worker that holds jobs was not heard of for more than 90 seconds",
            "dispatch it again, so that another worker goes on from the last checkpoint; see whether the worker runs and reaches the bus",
            true,
        ),
        "not_applied" => (
            "what workers reported was not applied for more than 90 seconds",
            "see whether the results service runs and whether results-scan-accepted has dead letters; dispatching announces the results again",
            true,
        ),
        _ => (
            "no worker took its jobs for more than 5 minutes",
            "see whether workers of its pool run and who waits before it; dispatch it again where the queue is empty",
            true,
        ),
    };
    let cancel = state.may_become(RunState::Cancelled);
    let may = [(dispatch, DISPATCH), (cancel, CANCEL)];
    Told {
        reason,
        advice,
        may: may
            .into_iter()
            .filter_map(|(may, what)| may.then_some(what))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use wt_model::RunState;

    use super::{CANCEL, DISPATCH, told};

    #[test]
    fn what_helps_is_what_the_run_allows() {
        let may = |problem, state| told(problem, state).may;
        assert_eq!(may("worker_silent", RunState::Running), [DISPATCH, CANCEL]);
        assert_eq!(may("not_applied", RunState::Processing), [DISPATCH]);
        assert_eq!(may("past_deadline", RunState::Queued), [CANCEL]);
        assert!(may("past_deadline", RunState::Processing).is_empty());
    }
}
