//! Kinds and states of a run (contracts §1, §2).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// Why a run exists.
    RunKind, "run kind", {
        /// A schedule fired.
        Scheduled = "scheduled",
        /// Somebody asked.
        OnDemand = "on_demand",
        /// Somebody wants a fix proven.
        Verify = "verify",
    }
);

vocabulary!(
    /// The state of a run.
    RunState, "run state", {
        /// Accepted, not yet planned.
        Created = "created",
        /// Planned, signed, waiting for workers.
        Queued = "queued",
        /// At least one job was claimed.
        Running = "running",
        /// Every job reported; results are being applied.
        Processing = "processing",
        /// Every job's result is applied.
        Completed = "completed",
        /// Completed with some jobs failed.
        Partial = "partial",
        /// Ended without results, with a reason.
        Failed = "failed",
        /// Stopped by request.
        Cancelled = "cancelled",
    }
);

impl RunState {
    /// Whether no further transition is possible.
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Completed | Self::Partial | Self::Failed | Self::Cancelled
        )
    }

    /// Whether `next` may follow this state (contracts §2). The database refuses the others too.
    pub const fn may_become(self, next: Self) -> bool {
        use RunState::{
            Cancelled, Completed, Created, Failed, Partial, Processing, Queued, Running,
        };
        matches!(
            (self, next),
            (Created, Queued | Failed | Cancelled)
                | (Queued, Running | Processing | Failed | Cancelled)
                | (Running, Processing | Failed | Cancelled)
                | (Processing, Completed | Partial | Failed)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::RunState;

    #[test]
    fn a_terminal_state_has_no_successor() {
        for from in RunState::ALL.iter().filter(|s| s.is_terminal()) {
            for to in RunState::ALL {
                assert!(!from.may_become(*to), "{from} must not become {to}");
            }
        }
    }

    #[test]
    fn a_run_that_processes_can_no_longer_be_cancelled() {
        assert!(!RunState::Processing.may_become(RunState::Cancelled));
    }
}
