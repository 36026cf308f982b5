//! By when an exposure has to be mended, and whether that is over.
use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use wt_model::Severity;

/// Longest term, in days: ten years.
pub const TERM_DAYS_MAX: u16 = 3_650;

/// How many days there are to mend, by how bad it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Days by severity; one that is not there has no clock.
    pub days: BTreeMap<Severity, u16>,
    /// Days for what is known to be attacked, when that is sooner; none for no such rule.
    pub kev_days: Option<u16>,
}

impl Default for Terms {
    /// Critical 7, high 30, medium 90, low 180, info none; known attacks 14. The middle of what
    /// is asked of people elsewhere: CISA BOD 19-02 gives 15 days for critical and 30 for high,
    /// BOD 22-01 two weeks for known attacks, PCI DSS 6.3.3 a month for critical.
    fn default() -> Self {
        Self {
            days: [
                (Severity::Critical, 7),
                (Severity::High, 30),
                (Severity::Medium, 90),
                (Severity::Low, 180),
            ]
            .into(),
            kev_days: Some(14),
        }
    }
}

impl Terms {
    /// Days to mend, if there is a clock.
    pub fn term(&self, severity: Severity, kev: bool) -> Option<u16> {
        let own = self.days.get(&severity).copied();
        let attacked = self.kev_days.filter(|_| kev);
        own.into_iter().chain(attacked).min()
    }
}

/// What a clock went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// When it began: when the exposure was first seen, or came back.
    pub from: OffsetDateTime,
    /// How long it stood because of what was decided and is over.
    pub stood: Duration,
    /// Since when it stands, while a risk is accepted or a finding is called wrong.
    pub paused_at: Option<OffsetDateTime>,
    /// Until when that holds; none for as long as nobody says otherwise.
    pub paused_until: Option<OffsetDateTime>,
}

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sla {
    /// It has none: it is gone, or nobody is asked to mend its like.
    None,
    /// It stands, because of what was decided.
    Paused,
    /// There is time until then.
    Within(OffsetDateTime),
    /// It was over then.
    Breached(OffsetDateTime),
}

impl Sla {
    /// The words of it.
    pub const WORDS: [&'static str; 4] = ["none", "paused", "within", "breached"];

    /// How a clock stands. Whether an exposure answers (open) or not (unresponsive) makes no
    /// difference: both are `live`.
    pub fn of(term_days: Option<u16>, is_live: bool, clock: &Clock, now: OffsetDateTime) -> Self {
        let Some(days) = term_days.filter(|_| is_live) else {
            return Self::None;
        };
        let Some(paused) = clock.paused(now) else {
            return Self::Paused;
        };
        let due = clock.from + Duration::days(i64::from(days)) + clock.stood + paused;
        if due < now {
            Self::Breached(due)
        } else {
            Self::Within(due)
        }
    }

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Paused => "paused",
            Self::Within(_) => "within",
            Self::Breached(_) => "breached",
        }
    }

    /// By when it has to be, or had to be, mended.
    pub const fn due_at(self) -> Option<OffsetDateTime> {
        match self {
            Self::Within(due) | Self::Breached(due) => Some(due),
            Self::None | Self::Paused => None,
        }
    }
}

impl Clock {
    /// How long the last pause took; none while it lasts.
    fn paused(&self, now: OffsetDateTime) -> Option<Duration> {
        let Some(at) = self.paused_at else {
            return Some(Duration::ZERO);
        };
        let until = self.paused_until.filter(|until| *until <= now)?;
        Some((until - at.max(self.from)).max(Duration::ZERO))
    }

    /// The clock when a decision that paused it is over or replaced, in whole seconds.
    #[must_use]
    pub fn resumed(&self, now: OffsetDateTime) -> Self {
        let Some(at) = self.paused_at else {
            return *self;
        };
        let end = self.paused_until.map_or(now, |until| until.min(now));
        let stood = (end - at.max(self.from)).max(Duration::ZERO);
        Self {
            stood: self.stood + Duration::seconds(stood.whole_seconds()),
            paused_at: None,
            paused_until: None,
            ..*self
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime, macros::datetime};
    use wt_model::Severity;

    use super::{Clock, Sla, Terms};

    const FROM: OffsetDateTime = datetime!(2026-11-01 0:00 UTC);
    const CLOCK: Clock = Clock {
        from: FROM,
        stood: Duration::ZERO,
        paused_at: None,
        paused_until: None,
    };

    fn day(day: i64) -> OffsetDateTime {
        FROM + Duration::days(day)
    }

    #[test]
    fn the_sooner_of_severity_and_known_attacks_counts() {
        let terms = Terms::default();
        assert_eq!(terms.term(Severity::Critical, true), Some(7));
        assert_eq!(terms.term(Severity::High, true), Some(14));
        assert_eq!(terms.term(Severity::Info, true), Some(14));
        assert_eq!(terms.term(Severity::Info, false), None);
    }

    #[test]
    fn a_clock_runs_out_unless_it_is_gone_or_has_no_term() {
        let of = |term, live, now| Sla::of(term, live, &CLOCK, now);
        assert_eq!(of(Some(7), true, day(7)), Sla::Within(day(7)));
        assert_eq!(of(Some(7), true, day(8)), Sla::Breached(day(7)));
        assert_eq!(of(Some(7), false, day(8)), Sla::None);
        assert_eq!(of(None, true, day(8)), Sla::None);
    }

    #[test]
    fn an_accepted_risk_pauses_and_gives_back_only_its_own_time() {
        let accepted = Clock {
            paused_at: Some(day(5)),
            paused_until: Some(day(15)),
            ..CLOCK
        };
        let of = |clock: &Clock, now| Sla::of(Some(7), true, clock, now);
        assert_eq!(of(&accepted, day(14)), Sla::Paused);
        // Its end needs nobody to say so.
        assert_eq!(of(&accepted, day(16)), Sla::Within(day(17)));
        assert_eq!(of(&accepted, day(18)), Sla::Breached(day(17)));
        // Withdrawn early: five days stood, whatever comes after.
        let withdrawn = accepted.resumed(day(10));
        assert_eq!(of(&withdrawn, day(11)), Sla::Within(day(12)));
        assert_eq!(withdrawn.resumed(day(20)), withdrawn);
        // Withdrawn after it was over: the same as if nobody had.
        assert_eq!(
            of(&accepted.resumed(day(30)), day(16)),
            of(&accepted, day(16))
        );
        // Without an end it stands until somebody says otherwise.
        let wrong = Clock {
            paused_at: Some(day(5)),
            ..CLOCK
        };
        assert_eq!(of(&wrong, day(900)), Sla::Paused);
    }

    #[test]
    fn a_pause_before_it_came_back_gives_nothing() {
        let back = Clock {
            from: day(20),
            paused_at: Some(day(5)),
            paused_until: Some(day(15)),
            ..CLOCK
        };
        assert_eq!(Sla::of(Some(7), true, &back, day(21)), Sla::Within(day(27)));
    }
}
