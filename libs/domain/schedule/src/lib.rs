//! When something happens by itself: by day, week or month, at a time of a time zone.
//!
//! Pure: the rules of zones are part of the program (IANA's database, as the library bundles it), the
//! clock is an argument.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{TimeZone, TimeZoneDatabase},
};
use time::OffsetDateTime;

/// Days searched for the next time: longer than any month.
const DAYS_MAX: usize = 64;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Every {
    /// Each day.
    Day,
    /// Each week, on this day: 1 is Monday, 7 is Sunday (ISO 8601).
    Week(i8),
    /// Each month, on this day, 1 to 31; on the last of a shorter month.
    Month(i8),
}

/// A schedule that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSchedule {
    /// It is said in no known word how often.
    #[error("expected day, week or month")]
    Every,
    /// No day of a week.
    #[error("expected 1 (Monday) to 7 (Sunday)")]
    Weekday,
    /// No day of a month.
    #[error("expected 1 to 31")]
    DayOfMonth,
    /// No time of a day.
    #[error("expected a time such as 06:30")]
    At,
    /// No zone that IANA knows.
    #[error("expected the name of a time zone such as Europe/Berlin")]
    Zone,
    /// There is no such time.
    #[error("it never comes")]
    Never,
}

impl NoSchedule {
    /// The field of a request that is at fault.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Every | Self::Never => "every",
            Self::Weekday => "weekday",
            Self::DayOfMonth => "day",
            Self::At => "at",
            Self::Zone => "zone",
        }
    }
}

/// The times at which something happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    every: Every,
    hour: i8,
    minute: i8,
    zone: String,
}

impl Schedule {
    /// Reads what was sent: `every` in the contract's words, `weekday` of a week, `day` of a month, `at` as
    /// `HH:MM`, `zone` by its IANA name.
    ///
    /// # Errors
    /// Which of them can't be.
    pub fn of(
        every: &str,
        weekday: u32,
        day: u32,
        at: &str,
        zone: &str,
    ) -> Result<Self, NoSchedule> {
        let within = |value: u32, most: i8| {
            i8::try_from(value)
                .ok()
                .filter(|value| (1..=most).contains(value))
        };
        // Also where it is not asked for: nothing that cannot be is kept.
        if weekday > 7 {
            return Err(NoSchedule::Weekday);
        }
        if day > 31 {
            return Err(NoSchedule::DayOfMonth);
        }
        let every = match every {
            "day" => Every::Day,
            "week" => Every::Week(within(weekday, 7).ok_or(NoSchedule::Weekday)?),
            "month" => Every::Month(within(day, 31).ok_or(NoSchedule::DayOfMonth)?),
            _ => return Err(NoSchedule::Every),
        };
        let (hour, minute) = clock(at).ok_or(NoSchedule::At)?;
        let schedule = Self {
            every,
            hour,
            minute,
            zone: zone.to_owned(),
        };
        schedule.time_zone()?;
        Ok(schedule)
    }

    /// The first time after `after`. Where a clock is put forward over it, it is as much later;
    /// where it comes twice, it is the first.
    ///
    /// # Errors
    /// Only times beyond what a calendar can say.
    pub fn next(&self, after: OffsetDateTime) -> Result<OffsetDateTime, NoSchedule> {
        let zone = self.time_zone()?;
        let mut date = local(after, &zone)?.date();
        for _ in 0..DAYS_MAX {
            if self.falls_on(date) {
                let at = self.instant(date, &zone)?;
                if at > after {
                    return Ok(at);
                }
            }
            date = date.tomorrow().map_err(|_| NoSchedule::Never)?;
        }
        Err(NoSchedule::Never)
    }

    /// The last time before `at`.
    ///
    /// # Errors
    /// Only times beyond what a calendar can say.
    pub fn previous(&self, at: OffsetDateTime) -> Result<OffsetDateTime, NoSchedule> {
        let zone = self.time_zone()?;
        let mut date = local(at, &zone)?.date();
        for _ in 0..DAYS_MAX {
            if self.falls_on(date) {
                let before = self.instant(date, &zone)?;
                if before < at {
                    return Ok(before);
                }
            }
            date = date.yesterday().map_err(|_| NoSchedule::Never)?;
        }
        Err(NoSchedule::Never)
    }

    fn falls_on(&self, date: Date) -> bool {
        match self.every {
            Every::Day => true,
            Every::Week(day) => date.weekday().to_monday_one_offset() == day,
            Every::Month(day) => date.day() == day.min(date.days_in_month()),
        }
    }

    fn instant(&self, date: Date, zone: &TimeZone) -> Result<OffsetDateTime, NoSchedule> {
        let at = date.at(self.hour, self.minute, 0, 0);
        let at = zone.to_timestamp(at).map_err(|_| NoSchedule::Never)?;
        OffsetDateTime::from_unix_timestamp(at.as_second()).map_err(|_| NoSchedule::Never)
    }

    fn time_zone(&self) -> Result<TimeZone, NoSchedule> {
        TimeZoneDatabase::bundled()
            .get(&self.zone)
            .map_err(|_| NoSchedule::Zone)
    }
}

fn local(at: OffsetDateTime, zone: &TimeZone) -> Result<DateTime, NoSchedule> {
    let at = Timestamp::from_second(at.unix_timestamp()).map_err(|_| NoSchedule::Never)?;
    Ok(zone.to_datetime(at))
}

fn clock(text: &str) -> Option<(i8, i8)> {
    let (hour, minute) = text.split_once(':')?;
    let two = |text: &str, below: i8| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse()
            .ok()
            .filter(|value: &i8| digits && *value < below)
    };
    Some((two(hour, 24)?, two(minute, 60)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::{NoSchedule, Schedule};

    fn schedule(every: &str, day: u32, at: &str, zone: &str) -> Schedule {
        let weekday = if every == "week" { day } else { 0 };
        Schedule::of(every, weekday, day, at, zone).unwrap()
    }

    #[test]
    fn it_comes_at_its_time_in_its_zone() {
        let daily = schedule("day", 0, "06:30", "Europe/Berlin");
        let next = daily.next(datetime!(2026-11-21 05:29 UTC)).unwrap();
        assert_eq!(next, datetime!(2026-11-21 05:30 UTC));
        assert_eq!(daily.next(next).unwrap(), datetime!(2026-11-22 05:30 UTC));
        let weekly = schedule("week", 1, "00:00", "Pacific/Auckland");
        // Monday there is Sunday here.
        assert_eq!(
            weekly.next(datetime!(2026-11-21 00:00 UTC)).unwrap(),
            datetime!(2026-11-22 11:00 UTC)
        );
        let monthly = schedule("month", 31, "12:00", "UTC");
        assert_eq!(
            monthly.next(datetime!(2027-02-01 00:00 UTC)).unwrap(),
            datetime!(2027-02-28 12:00 UTC)
        );
        let before = monthly.previous(datetime!(2027-02-28 12:00 UTC)).unwrap();
        assert_eq!(before, datetime!(2027-01-31 12:00 UTC));
    }

    #[test]
    fn a_clock_that_is_put_forward_or_back_neither_skips_nor_doubles_a_day() {
        let daily = schedule("day", 0, "02:30", "Europe/Berlin");
        // 2026-03-29: 02:30 is not there; 2026-10-25: it is there twice.
        assert_eq!(
            daily.next(datetime!(2026-03-28 12:00 UTC)).unwrap(),
            datetime!(2026-03-29 01:30 UTC)
        );
        let first = daily.next(datetime!(2026-10-24 12:00 UTC)).unwrap();
        assert_eq!(first, datetime!(2026-10-25 00:30 UTC));
        assert_eq!(daily.next(first).unwrap(), datetime!(2026-10-26 01:30 UTC));
    }

    #[test]
    fn what_never_comes_is_refused_and_names_its_field() {
        let refused = |every, weekday, day, at, zone| {
            Schedule::of(every, weekday, day, at, zone).unwrap_err()
        };
        assert_eq!(refused("hour", 1, 1, "06:30", "UTC"), NoSchedule::Every);
        assert_eq!(refused("week", 8, 1, "06:30", "UTC"), NoSchedule::Weekday);
        assert_eq!(refused("month", 1, 0, "06:30", "UTC").field(), "day");
        assert_eq!(refused("day", 8, 0, "06:30", "UTC"), NoSchedule::Weekday);
        assert_eq!(refused("day", 0, 32, "06:30", "UTC").field(), "day");
        for at in ["24:00", "6:30", "06:60", "06.30", "+6:30", ""] {
            assert_eq!(refused("day", 1, 1, at, "UTC"), NoSchedule::At, "{at}");
        }
        for zone in ["", "Mars/Olympus", "../etc/passwd"] {
            assert_eq!(
                refused("day", 1, 1, "06:30", zone),
                NoSchedule::Zone,
                "{zone}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_next_time_comes_after_and_nothing_lies_between_two(
            seconds in 1_700_000_000_i64..2_000_000_000,
            kind in 0..3_usize,
            day in 1_u32..8,
            hour in 0_u32..24,
            zone in 0..4_usize,
        ) {
            let zone = ["UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Apia"][zone];
            let every = ["day", "week", "month"][kind];
            let schedule = schedule(every, day, &format!("{hour:02}:30"), zone);
            let now = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
            let next = schedule.next(now).unwrap();
            prop_assert!(next > now && next - now <= Duration::days(32));
            let then = schedule.next(next).unwrap();
            prop_assert_eq!(schedule.previous(then).unwrap(), next);
            prop_assert!(schedule.previous(next).unwrap() <= now);
        }
    }
}
