//! How bad an exposure is.
use crate::vocabulary::vocabulary;

vocabulary!(
    /// Severity, ordered from least to worst.
    Severity, "severity", {
        /// Worth knowing.
        Info = "info",
        /// Low.
        Low = "low",
        /// Medium.
        Medium = "medium",
        /// High.
        High = "high",
        /// Critical.
        Critical = "critical",
    }
);

impl Severity {
    /// Sort key stored in SQL: 0 (info) to 4 (critical).
    pub const fn rank(self) -> i16 {
        match self {
            Self::Info => 0,
            Self::Low => 1,
            Self::Medium => 2,
            Self::High => 3,
            Self::Critical => 4,
        }
    }
}
