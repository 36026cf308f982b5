//! States of one shard of a run (contracts §2).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// The state of a job.
    JobState, "job state", {
        /// Planned and signed, not yet taken.
        Queued = "queued",
        /// Claimed by a worker.
        Running = "running",
        /// Its result was accepted and waits to be applied.
        Processing = "processing",
        /// Its result was applied.
        Completed = "completed",
        /// It ended without a result.
        Failed = "failed",
        /// It was stopped by request.
        Cancelled = "cancelled",
    }
);

impl JobState {
    /// Whether no further transition is possible.
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}
