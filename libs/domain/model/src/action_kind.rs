//! What a user may decide about an exposure (contracts §8).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// A workflow action. It never changes what was observed.
    ActionKind, "action", {
        /// Seen by somebody.
        Acknowledge = "acknowledge",
        /// Given to somebody.
        Assign = "assign",
        /// Somebody is repairing it.
        FixInProgress = "fix_in_progress",
        /// A verify run was asked for.
        RequestVerify = "request_verify",
        /// Accepted with a reason until a day.
        AcceptRisk = "accept_risk",
        /// Declared wrong with a reason.
        FalsePositive = "false_positive",
        /// An earlier decision is withdrawn.
        Reopen = "reopen",
        /// A remark.
        Note = "note",
        /// Marked with words.
        Tag = "tag",
        /// Marks are taken off.
        Untag = "untag",
    }
);
