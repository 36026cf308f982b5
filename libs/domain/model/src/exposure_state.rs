//! Where an exposure stands (contracts §6).
use crate::vocabulary::vocabulary;

vocabulary!(
    /// The observed state of an exposure; user decisions are kept apart.
    ExposureState, "exposure state", {
        /// Last conclusive look saw it.
        Open = "open",
        /// Last look could not conclude.
        Unresponsive = "unresponsive",
        /// Proven gone.
        Fixed = "fixed",
        /// Its asset or authorization is gone.
        Retired = "retired",
        /// Its check left the catalogue.
        StaleCheck = "stale_check",
    }
);
