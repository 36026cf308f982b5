//! How far and how hard a run looks (contracts §1).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// How much a run covers.
    Profile, "profile", {
        /// Only what changed lately, quickly.
        FastRecheck = "fast_recheck",
        /// The usual ports and every check.
        Baseline = "baseline",
        /// Exactly the checks of given exposures.
        Verify = "verify",
        /// Every TCP port and every check.
        Deep = "deep",
    }
);

impl Profile {
    /// The effort its cells are probed with; a cell is FIXED only by an effort at least as
    /// strong as the one that opened it (contracts §6). Verify repeats at full strength.
    pub const fn strength(self) -> u8 {
        match self {
            Self::FastRecheck => 1,
            Self::Baseline => 2,
            Self::Deep | Self::Verify => 3,
        }
    }
}

vocabulary!(
    /// How intrusive a run may be.
    Policy, "policy", {
        /// Nothing a browser would not send.
        Passive = "passive",
        /// Read-only probes.
        Safe = "safe",
        /// State-changing probes, with consent.
        Intrusive = "intrusive",
    }
);
