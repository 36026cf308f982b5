//! What a report is about, and for whom.

use time::{Duration, OffsetDateTime};
use wt_model::RunId;

/// Days a report looks back when nobody says how far.
const PERIOD_DAYS: i64 = 30;
/// Longest period of a report: a year and a day, so that two years can be compared.
const PERIOD_DAYS_MAX: i64 = 367;

/// For whom a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportKind {
    /// Who decides: how things stand, what changed, what to do first. Two pages.
    Executive,
    /// Who mends: everything that is open, and every change.
    Technical,
}

impl ReportKind {
    /// Reads the contract's word; none is `technical`.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "executive" => Some(Self::Executive),
            "technical" | "" => Some(Self::Technical),
            _ => None,
        }
    }

    /// The contract's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Executive => "executive",
            Self::Technical => "technical",
        }
    }
}

/// From when to when, the end not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    /// Its first instant.
    pub(crate) since: OffsetDateTime,
    /// The first instant after it.
    pub(crate) until: OffsetDateTime,
}

/// A period that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoPeriod {
    #[error("it begins after its end")]
    Backwards,
    #[error("it is longer than {PERIOD_DAYS_MAX} days")]
    TooLong,
    #[error("it ends after now")]
    InFuture,
}

impl Period {
    /// What was asked for at `now`; without an end it ends now, without a beginning it has 30 days.
    pub(crate) fn of(
        since: Option<OffsetDateTime>,
        until: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Result<Self, NoPeriod> {
        let until = until.unwrap_or(now);
        let since = since.unwrap_or_else(|| until.saturating_sub(Duration::days(PERIOD_DAYS)));
        if until > now {
            return Err(NoPeriod::InFuture);
        }
        if since >= until {
            return Err(NoPeriod::Backwards);
        }
        if until - since > Duration::days(PERIOD_DAYS_MAX) {
            return Err(NoPeriod::TooLong);
        }
        Ok(Self { since, until })
    }

    /// Whether an instant lies in it.
    pub(crate) fn has(&self, at: OffsetDateTime) -> bool {
        self.since <= at && at < self.until
    }
}

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// One run.
    Run(RunId),
    /// What fits a filter, and what happened to it in a period.
    Exposures {
        /// Text of docs/guides/filters.md; empty for everything.
        filter: String,
        /// Name of the view the filter comes from; empty for none.
        view: String,
        /// When things happened.
        period: Period,
    },
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{NoPeriod, Period, ReportKind};

    #[test]
    fn a_period_ends_now_and_has_thirty_days_unless_somebody_says_otherwise() {
        let now = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let period = Period::of(None, None, now).unwrap();
        assert_eq!(
            (now - period.since, period.until),
            (Duration::days(30), now)
        );
        assert!(period.has(period.since) && !period.has(period.until));
        let day = |n| Some(now - Duration::days(n));
        assert!(Period::of(day(367), day(0), now).is_ok());
        assert_eq!(Period::of(day(368), day(0), now), Err(NoPeriod::TooLong));
        assert_eq!(Period::of(day(1), day(1), now), Err(NoPeriod::Backwards));
        assert_eq!(Period::of(day(1), day(-1), now), Err(NoPeriod::InFuture));
    }

    #[test]
    fn kinds_read_as_they_are_written() {
        for kind in [ReportKind::Executive, ReportKind::Technical] {
            assert_eq!(ReportKind::of(kind.word()), Some(kind));
        }
        assert_eq!(ReportKind::of(""), Some(ReportKind::Technical));
        assert_eq!(ReportKind::of("Executive"), None);
    }
}
