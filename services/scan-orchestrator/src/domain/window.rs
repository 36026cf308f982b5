//! When assets may be scanned: weekly windows and blackouts, by the clocks of the places they are
//! meant for. Pure.
//!
//! A rule without assets is about all of them. Blackouts add up. Windows do not: those that name
//! an asset replace the organization's for it; without any window, every time is one.
//!
//! Clocks are put forward and back. An hour that does not exist, or exists twice, is given to
//! whoever scans less: windows begin late and end early then, blackouts the other way round.

mod words;

use std::collections::BTreeSet;

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Weekday},
    tz::{AmbiguousTimestamp, TimeZone},
};
use time::OffsetDateTime;
use wt_model::AssetId;

pub(crate) use words::{RuleWords, read};

/// Days looked ahead: any rule comes round in a week, one more for clocks that are changed.
const DAYS_AHEAD: i64 = 15;
/// Days looked back: a rule of yesterday may still last, and it may be tomorrow somewhere.
const DAYS_BACK: i64 = 2;
/// Least time left in a window for a job to begin in it.
const LEAST_LEFT_S: i64 = 60;
/// Minutes of a day.
pub(crate) const DAY_MINUTES: u16 = 24 * 60;

/// What a rule says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RuleKind {
    /// Scan then.
    Window,
    /// Do not scan then.
    Blackout,
}

/// One weekly rule.
#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) kind: RuleKind,
    pub(crate) zone: TimeZone,
    /// The days on which it begins.
    pub(crate) days: BTreeSet<Day>,
    /// Minute of the day on which it begins, and on which it ends: of the next day where that is
    /// not after the beginning. [`DAY_MINUTES`] is midnight at the end of the day.
    pub(crate) from: u16,
    pub(crate) to: u16,
    /// What it is about; empty: everything.
    pub(crate) assets: BTreeSet<AssetId>,
}

/// A day of the week, Monday first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Day(i8);

impl Day {
    /// As in requests, Monday first.
    pub(crate) const WORDS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

    /// The day of a word.
    pub(crate) fn of(word: &str) -> Option<Self> {
        let at = Self::WORDS.iter().position(|known| *known == word)?;
        i8::try_from(at).ok().map(Self)
    }

    fn of_date(date: Date) -> Self {
        Self(Weekday::to_monday_zero_offset(date.weekday()))
    }
}

/// Whether an asset may be scanned at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// It may, until then; without an end in sight for `None`.
    Open { until: Option<OffsetDateTime> },
    /// It may not, until then; never within two weeks for `None`.
    Closed { opens: Option<OffsetDateTime> },
}

/// Seconds since 1970, from and up to but not including.
type Range = (i64, i64);

/// Whether the rules let an asset be scanned at a time.
pub(crate) fn opening(rules: &[Rule], asset: AssetId, at: OffsetDateTime) -> Opening {
    opening_of(rules, Some(asset), at)
}

/// Whether the rules let assets be scanned at a time that none of them names.
pub(crate) fn opening_of_unnamed(rules: &[Rule], at: OffsetDateTime) -> Opening {
    opening_of(rules, None, at)
}

fn opening_of(rules: &[Rule], asset: Option<AssetId>, at: OffsetDateTime) -> Opening {
    let now = at.unix_timestamp();
    let open = openings(rules, asset, now);
    let end = now + DAYS_AHEAD * 86_400;
    let time = |seconds: i64| OffsetDateTime::from_unix_timestamp(seconds).ok();
    let current = open.iter().find(|(from, to)| (*from..*to).contains(&now));
    if let Some((_, to)) = current
        && to - now >= LEAST_LEFT_S
    {
        let until = if *to >= end { None } else { time(*to) };
        return Opening::Open { until };
    }
    // What is farther ahead was not looked at to its end.
    let next = open.iter().find(|(from, _)| (now + 1..end).contains(from));
    Opening::Closed {
        opens: next.and_then(|(from, _)| time(*from)),
    }
}

/// The times about `now` at which an asset may be scanned, in order and apart.
fn openings(rules: &[Rule], asset: Option<AssetId>, now: i64) -> Vec<Range> {
    let of = |kind: RuleKind| rules.iter().filter(move |rule| rule.kind == kind);
    let names_it = |rule: &&Rule| asset.is_some_and(|asset| rule.assets.contains(&asset));
    let own: Vec<&Rule> = of(RuleKind::Window).filter(names_it).collect();
    let windows = if own.is_empty() {
        let everybodys = of(RuleKind::Window).filter(|rule| rule.assets.is_empty());
        everybodys.collect()
    } else {
        own
    };
    let blackouts = of(RuleKind::Blackout).filter(|r| r.assets.is_empty() || names_it(r));
    let open = if windows.is_empty() {
        let day = 86_400;
        vec![(now - DAYS_BACK * day, now + (DAYS_AHEAD + 1) * day)]
    } else {
        joined(windows.iter().flat_map(|rule| rule.ranges(now)).collect())
    };
    without(
        &open,
        &joined(blackouts.flat_map(|rule| rule.ranges(now)).collect()),
    )
}

impl Rule {
    /// When it lasts, about `now`.
    fn ranges(&self, now: i64) -> Vec<Range> {
        let Ok(moment) = Timestamp::from_second(now) else {
            return Vec::new();
        };
        let today = moment.to_zoned(self.zone.clone()).date();
        (-DAYS_BACK..=DAYS_AHEAD)
            .filter_map(|days| {
                let date = today
                    .checked_add(jiff::Span::new().try_days(days).ok()?)
                    .ok()?;
                let is_on = self.days.contains(&Day::of_date(date));
                is_on.then(|| self.range_of(date)).flatten()
            })
            .collect()
    }

    /// When it lasts that begins on a day; none where changed clocks leave nothing of it.
    fn range_of(&self, date: Date) -> Option<Range> {
        let last = if self.to > self.from {
            date
        } else {
            date.tomorrow().ok()?
        };
        let from = self.zone.to_ambiguous_timestamp(minute(date, self.from)?);
        let to = self.zone.to_ambiguous_timestamp(minute(last, self.to)?);
        let (earlier, later) = (AmbiguousTimestamp::earlier, AmbiguousTimestamp::later);
        let (from, to) = match self.kind {
            RuleKind::Window => (later(from), earlier(to)),
            RuleKind::Blackout => (earlier(from), later(to)),
        };
        let (from, to) = (from.ok()?.as_second(), to.ok()?.as_second());
        (from < to).then_some((from, to))
    }
}

/// A minute of a day, by the clock there.
fn minute(date: Date, minute: u16) -> Option<DateTime> {
    if minute >= DAY_MINUTES {
        return Some(date.tomorrow().ok()?.at(0, 0, 0, 0));
    }
    let hour = i8::try_from(minute / 60).ok()?;
    Some(date.at(hour, i8::try_from(minute % 60).ok()?, 0, 0))
}

/// The same times, in order and apart.
fn joined(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.sort_unstable();
    let mut all: Vec<Range> = Vec::new();
    for (from, to) in ranges {
        match all.last_mut() {
            Some((_, end)) if from <= *end => *end = (*end).max(to),
            _ => all.push((from, to)),
        }
    }
    all
}

/// What of `open` is left without `closed`; both in order and apart.
fn without(open: &[Range], closed: &[Range]) -> Vec<Range> {
    let mut left = Vec::new();
    for (from, to) in open {
        let mut from = *from;
        for (closes, opens) in closed {
            if *opens <= from || *closes >= *to {
                continue;
            }
            if *closes > from {
                left.push((from, *closes));
            }
            from = *opens;
        }
        if from < *to {
            left.push((from, *to));
        }
    }
    left
}

#[cfg(test)]
mod tests;
