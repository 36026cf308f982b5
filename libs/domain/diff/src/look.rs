//! What one run says about one exposure's cell.
use wt_exposure::{AbsentReason, Control, InconclusiveReason, Observation, Settled};

/// How the cell of an exposure settled in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look<'a> {
    /// Seen.
    Present {
        /// What was seen.
        observation: &'a Observation,
        /// Its index in the report.
        index: usize,
    },
    /// Conclusively not there.
    Absent {
        /// The positive control.
        control: Control,
        /// Why.
        reason: AbsentReason,
        /// Whether a second probe in the same run agreed.
        confirmed: bool,
        /// Effort.
        strength: u8,
        /// Digest of the check it ran with.
        digest: &'a str,
    },
    /// Not concluded.
    Inconclusive {
        /// Why.
        reason: InconclusiveReason,
        /// Whether the host answered another probe of the same run.
        host_answered: bool,
        /// Effort.
        strength: u8,
        /// Digest of the check it ran with.
        digest: &'a str,
    },
}

impl Look<'_> {
    /// The contract's outcome.
    pub const fn settled(&self) -> Settled {
        match *self {
            Self::Present { .. } => Settled::Present,
            Self::Absent {
                control,
                reason,
                confirmed,
                ..
            } => Settled::Absent {
                control,
                reason,
                confirmed,
            },
            Self::Inconclusive { reason, .. } => Settled::Inconclusive { reason },
        }
    }

    /// Effort of the cell.
    pub const fn strength(&self) -> u8 {
        match *self {
            Self::Present { observation, .. } => observation.strength,
            Self::Absent { strength, .. } | Self::Inconclusive { strength, .. } => strength,
        }
    }

    /// Digest of the check as it ran.
    pub fn digest(&self) -> &str {
        match self {
            Self::Present { observation, .. } => &observation.check.digest,
            Self::Absent { digest, .. } | Self::Inconclusive { digest, .. } => digest,
        }
    }
}
