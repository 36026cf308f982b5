//! A trend from what changed each day: what was open at the end of it, and what it all came to.
use std::collections::{BTreeMap, BTreeSet};

use time::Date;
use wt_model::Severity;

/// Most days of a trend: a year beside the month before it.
pub(crate) const DAYS_MAX: usize = 400;
/// Days of a trend that says nothing about it.
pub(crate) const DAYS: usize = 30;
/// Where buckets of age begin, in days: what a day, a week, a month, a quarter and a year tell
/// apart.
pub(crate) const AGES_FROM: [u32; 6] = [0, 1, 7, 30, 90, 365];

/// What happened on one day to exposures of one severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    /// By how many the live ones became more.
    pub(crate) delta: i64,
    pub(crate) appeared: i64,
    pub(crate) fixed: i64,
    /// How long the fixed ones had been there, together, in seconds.
    pub(crate) fix_s: i64,
    pub(crate) fixed_late: i64,
}

/// One day of a trend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) date: Date,
    /// Live at its end.
    pub(crate) open: BTreeMap<Severity, u64>,
    pub(crate) moved: Moved,
    pub(crate) looked: bool,
}

/// The days of a trend: none when they are the wrong way round or too many.
pub(crate) fn days(from: Date, to: Date) -> Option<Vec<Date>> {
    let mut days = Vec::new();
    let mut day = from;
    while day <= to {
        if days.len() == DAYS_MAX {
            return None;
        }
        days.push(day);
        day = day.next_day()?;
    }
    (!days.is_empty()).then_some(days)
}

/// Goes through the days: `before` is what was live, by severity, when the first began.
pub(crate) fn fold(
    days: &[Date],
    before: &BTreeMap<Severity, i64>,
    moved: &BTreeMap<(Date, Severity), Moved>,
    looked: &BTreeSet<Date>,
) -> Vec<Day> {
    let mut open = before.clone();
    days.iter()
        .map(|day| {
            let mut sum = Moved::default();
            for severity in Severity::ALL {
                let Some(of_day) = moved.get(&(*day, *severity)) else {
                    continue;
                };
                *open.entry(*severity).or_default() += of_day.delta;
                sum = sum.and(*of_day);
            }
            Day {
                date: *day,
                open: open
                    .iter()
                    .filter_map(|(severity, n)| Some((*severity, u64::try_from(*n).ok()?)))
                    .filter(|(_, n)| *n > 0)
                    .collect(),
                moved: sum,
                looked: looked.contains(day),
            }
        })
        .collect()
}

impl Moved {
    /// Both together.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            delta: self.delta + other.delta,
            appeared: self.appeared + other.appeared,
            fixed: self.fixed + other.fixed,
            fix_s: self.fix_s + other.fix_s,
            fixed_late: self.fixed_late + other.fixed_late,
        }
    }

    /// How long a fixed one had been there in the mean, in seconds.
    pub(crate) fn mean_time_to_fix_s(self) -> Option<u64> {
        u64::try_from(self.fix_s.checked_div(self.fixed)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn what_is_open_carries_over_gaps_and_sums_are_of_the_days_alone() {
        let asked = days(date!(2026 - 02 - 27), date!(2026 - 03 - 02)).unwrap();
        assert_eq!(asked.len(), 4);
        let moved = [
            (
                (date!(2026 - 02 - 27), Severity::High),
                Moved {
                    delta: 2,
                    appeared: 3,
                    fixed: 1,
                    fix_s: 100,
                    fixed_late: 1,
                },
            ),
            (
                (date!(2026 - 03 - 02), Severity::Low),
                Moved {
                    delta: -1,
                    fixed: 1,
                    fix_s: 50,
                    ..Moved::default()
                },
            ),
        ];
        let before = [(Severity::Low, 1)].into();
        let looked = [date!(2026 - 02 - 27), date!(2026 - 03 - 02)].into();
        let trend = fold(&asked, &before, &moved.into(), &looked);
        let open: Vec<_> = trend
            .iter()
            .map(|day| {
                (
                    day.open.get(&Severity::High),
                    day.open.get(&Severity::Low),
                    day.looked,
                )
            })
            .collect();
        assert_eq!(
            open,
            [
                (Some(&2), Some(&1), true),
                (Some(&2), Some(&1), false),
                (Some(&2), Some(&1), false),
                (Some(&2), None, true),
            ]
        );
        let sum = trend
            .iter()
            .fold(Moved::default(), |sum, day| sum.and(day.moved));
        assert_eq!(sum.mean_time_to_fix_s(), Some(75));
        assert_eq!(Moved::default().mean_time_to_fix_s(), None);
    }

    #[test]
    fn days_are_in_order_and_bounded() {
        let day = date!(2026 - 01 - 01);
        assert_eq!(days(day, day), Some(vec![day]));
        assert_eq!(days(day.next_day().unwrap(), day), None);
        assert_eq!(days(day, date!(2027 - 12 - 31)), None);
    }
}
