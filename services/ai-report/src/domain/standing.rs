//! How things stand and what happened in a period: what a report on exposures may speak of.
//!
//! Gathered piece by piece, in bounded memory: at most [`OPEN_MAX`] exposures and
//! [`NEWEST_MAX`] changes are kept, everything else is counted.

use std::collections::BTreeMap;

use time::{Date, Duration, OffsetDateTime, UtcOffset};
use wt_model::{EventType, ExposureState, Severity};

use super::{facts, subject::Period};

/// Most exposures of a report: 10,000 are some 250 pages.
pub(crate) const OPEN_MAX: usize = 10_000;
/// Most changes told one by one; the newest.
pub(crate) const NEWEST_MAX: usize = 500;
/// Most columns of a drawing: longer periods are drawn by weeks.
const DAYS_DRAWN_MAX: i64 = 35;

/// An exposure that is not fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Open {
    /// Which.
    pub(crate) exposure: facts::Subject,
    /// `open` or `unresponsive`.
    pub(crate) state: ExposureState,
    /// How urgent, 0 to 100.
    pub(crate) score: u32,
    /// Whether attacks are known.
    pub(crate) kev: bool,
    /// Since when it is known.
    pub(crate) first_seen: OffsetDateTime,
    /// `none`, `paused`, `within`, `breached`.
    pub(crate) sla: String,
    /// By when it has to be mended.
    pub(crate) due: Option<OffsetDateTime>,
    /// The standing decision, or empty.
    pub(crate) decision: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// To what.
    pub(crate) exposure: facts::Subject,
    /// What.
    pub(crate) kind: EventType,
    /// When.
    pub(crate) at: OffsetDateTime,
}

/// What happened in a period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Changes {
    /// How often what happened, in the order of the contract's table.
    pub(crate) by_type: BTreeMap<&'static str, u64>,
    /// Found and gone, by day in UTC.
    pub(crate) by_day: BTreeMap<Date, (u64, u64)>,
    /// Told one by one, newest first.
    pub(crate) newest: Vec<Change>,
    /// How many happened altogether.
    pub(crate) total: u64,
}

impl Changes {
    /// Takes one up, newest first.
    pub(crate) fn take(&mut self, change: Change) {
        self.total += 1;
        *self.by_type.entry(change.kind.as_str()).or_default() += 1;
        let day = change.at.to_offset(UtcOffset::UTC).date();
        match change.kind {
            EventType::New | EventType::Reopened => self.by_day.entry(day).or_default().0 += 1,
            EventType::Fixed => self.by_day.entry(day).or_default().1 += 1,
            _ => {}
        }
        if self.newest.len() < NEWEST_MAX {
            self.newest.push(change);
        }
    }

    /// Found and gone for every day of a period, or for every seven days of a long one; days
    /// without either are there too.
    pub(crate) fn over(&self, period: Period) -> Vec<(Date, u64, u64)> {
        let day = |at: OffsetDateTime| at.to_offset(UtcOffset::UTC).date();
        let last = day(period.until.saturating_sub(Duration::nanoseconds(1)));
        let mut from = day(period.since);
        let step = if (last - from).whole_days() < DAYS_DRAWN_MAX {
            Duration::days(1)
        } else {
            Duration::days(7)
        };
        let mut drawn = Vec::new();
        while from <= last {
            let Some(next) = from.checked_add(step) else {
                break;
            };
            let sum = self.by_day.range(from..next);
            let (found, gone) = sum.fold((0, 0), |(found, gone), (_, (new, fixed))| {
                (found + new, gone + fixed)
            });
            drawn.push((from, found, gone));
            from = next;
        }
        drawn
    }
}

/// Everything such a report may speak of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Open and unresponsive, worst first.
    pub(crate) open: Vec<Open>,
    /// Whether there are more than [`OPEN_MAX`].
    pub(crate) more: bool,
    /// None when the filter speaks of what changes do not have.
    pub(crate) changes: Option<Changes>,
}

impl Standing {
    /// How many are open, by severity, worst first, zeros included.
    pub(crate) fn by_severity(&self) -> [(Severity, u64); 5] {
        [
            Severity::Critical,
            Severity::High,
            Severity::Medium,
            Severity::Low,
            Severity::Info,
        ]
        .map(|severity| {
            let of = self.open.iter();
            let count = of.filter(|open| open.exposure.severity == severity).count();
            (severity, u64::try_from(count).unwrap_or(u64::MAX))
        })
    }

    /// The most urgent that nobody decided about, at most `most`.
    pub(crate) fn urgent(&self, most: usize) -> Vec<&Open> {
        let undecided =
            |open: &&Open| !matches!(open.decision.as_str(), "accept_risk" | "false_positive");
        let mut urgent: Vec<&Open> = self.open.iter().filter(undecided).collect();
        urgent.sort_by(|a, b| {
            (b.score, b.exposure.severity, &a.exposure.key).cmp(&(
                a.score,
                a.exposure.severity,
                &b.exposure.key,
            ))
        });
        urgent.truncate(most);
        urgent
    }

    /// What sees most, worst first: check, its title, how bad, in how many places; at most `most`.
    pub(crate) fn by_check(&self, most: usize) -> Vec<(&str, &str, Severity, usize)> {
        let mut checks: BTreeMap<&str, (&str, Severity, usize)> = BTreeMap::new();
        for open in &self.open {
            let exposure = &open.exposure;
            let entry = checks.entry(&exposure.check_id);
            let seen = entry.or_insert((&exposure.title, exposure.severity, 0));
            seen.1 = seen.1.max(exposure.severity);
            seen.2 += 1;
        }
        let mut list: Vec<_> = checks
            .into_iter()
            .map(|(check, (title, severity, count))| (check, title, severity, count))
            .collect();
        list.sort_by(|a, b| (b.2, b.3, a.0).cmp(&(a.2, a.3, b.0)));
        list.truncate(most);
        list
    }

    /// Hosts with most, worst first: host, worst severity, how many; at most `most`.
    pub(crate) fn by_host(&self, most: usize) -> Vec<(&str, Severity, usize)> {
        let mut hosts: BTreeMap<&str, (Severity, usize)> = BTreeMap::new();
        for open in &self.open {
            let exposure = &open.exposure;
            let seen = hosts
                .entry(&exposure.host)
                .or_insert((exposure.severity, 0));
            seen.0 = seen.0.max(exposure.severity);
            seen.1 += 1;
        }
        let mut list: Vec<_> = hosts
            .into_iter()
            .map(|(host, (severity, count))| (host, severity, count))
            .collect();
        list.sort_by(|a, b| (b.1, b.2, a.0).cmp(&(a.1, a.2, b.0)));
        list.truncate(most);
        list
    }

    /// How many have a clock that stands so.
    pub(crate) fn with_clock(&self, sla: &str) -> usize {
        self.open.iter().filter(|open| open.sla == sla).count()
    }

    /// How many could not be concluded.
    pub(crate) fn unresponsive(&self) -> usize {
        let of = self.open.iter();
        of.filter(|open| open.state == ExposureState::Unresponsive)
            .count()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use time::{Duration, OffsetDateTime};
    use wt_model::{EventType, ExposureState, Severity};

    use super::{Change, Changes, NEWEST_MAX, Open, Standing};
    use crate::domain::{facts::Subject, subject::Period};

    pub(crate) fn subject(key: &str, severity: Severity) -> Subject {
        Subject {
            key: key.to_owned(),
            severity,
            title: format!("Title of {key}"),
            check_id: "tls.cert_expired".to_owned(),
            host: "h.example".to_owned(),
            port: 443,
        }
    }

    pub(crate) fn open(key: &str, severity: Severity, score: u32) -> Open {
        Open {
            exposure: subject(key, severity),
            state: ExposureState::Open,
            score,
            kev: false,
            first_seen: OffsetDateTime::UNIX_EPOCH,
            sla: "within".to_owned(),
            due: None,
            decision: String::new(),
        }
    }

    fn change(kind: EventType, at: OffsetDateTime) -> Change {
        Change {
            exposure: subject("exp1_a", Severity::High),
            kind,
            at,
        }
    }

    #[test]
    fn every_day_of_a_period_is_drawn_and_long_ones_by_weeks() {
        let since = OffsetDateTime::UNIX_EPOCH + Duration::days(20_000);
        let day = |n| since + Duration::days(n);
        let mut changes = Changes::default();
        for (kind, at) in [
            (EventType::Fixed, day(2)),
            (EventType::New, day(1)),
            (EventType::Reopened, day(1)),
            (EventType::Changed, day(0)),
        ] {
            changes.take(change(kind, at));
        }
        let drawn = |days| {
            let period = Period {
                since,
                until: day(days),
            };
            changes
                .over(period)
                .into_iter()
                .map(|(_, new, fixed)| (new, fixed))
                .collect::<Vec<_>>()
        };
        assert_eq!(drawn(4), [(0, 0), (2, 0), (0, 1), (0, 0)]);
        assert_eq!(drawn(71), [vec![(2, 1)], vec![(0, 0); 10]].concat());
        assert_eq!(changes.total, 4);
        assert_eq!(changes.by_type["CHANGED"], 1);
    }

    #[test]
    fn what_is_not_told_is_counted() {
        let mut changes = Changes::default();
        for _ in 0..NEWEST_MAX + 7 {
            changes.take(change(EventType::New, OffsetDateTime::UNIX_EPOCH));
        }
        assert_eq!(changes.newest.len(), NEWEST_MAX);
        assert_eq!(changes.total, NEWEST_MAX as u64 + 7);
    }

    #[test]
    fn the_most_urgent_come_first_and_what_was_decided_does_not() {
        let mut accepted = open("exp1_c", Severity::Critical, 99);
        accepted.decision = "accept_risk".to_owned();
        let standing = Standing {
            open: vec![
                open("exp1_a", Severity::High, 40),
                open("exp1_b", Severity::Low, 70),
                accepted,
            ],
            more: false,
            changes: None,
        };
        let keys = |most| {
            let urgent = standing.urgent(most);
            urgent
                .iter()
                .map(|open| open.exposure.key.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(10), ["exp1_b", "exp1_a"]);
        assert_eq!(keys(1), ["exp1_b"]);
        assert_eq!(
            standing.by_check(5),
            [("tls.cert_expired", "Title of exp1_a", Severity::Critical, 3)]
        );
        assert_eq!(standing.by_host(5), [("h.example", Severity::Critical, 3)]);
        assert_eq!(standing.by_severity()[0], (Severity::Critical, 1));
    }
}
