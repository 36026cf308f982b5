//! The transitions of an exposure (contracts §6).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// One immutable transition of one exposure.
    EventType, "event type", {
        /// First seen.
        New = "NEW",
        /// A declared attribute differs.
        Changed = "CHANGED",
        /// Proven gone.
        Fixed = "FIXED",
        /// Could not be concluded; the streak's first run.
        Unresponsive = "UNRESPONSIVE",
        /// Seen again after not being concluded.
        Responsive = "RESPONSIVE",
        /// Seen again after it was fixed.
        Reopened = "REOPENED",
        /// A verify run saw it unchanged.
        StillOpen = "STILL_OPEN",
        /// Authorization withdrawn or asset removed.
        Retired = "RETIRED",
        /// Its check left the catalogue.
        StaleCheck = "STALE_CHECK",
    }
);
