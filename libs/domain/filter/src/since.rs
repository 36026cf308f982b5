//! How far back.
use std::{fmt, str::FromStr};

use time::{Date, Duration, OffsetDateTime, format_description::BorrowedFormatItem};

use crate::FilterFault;

const DAY: &[BorrowedFormatItem<'_>] = time::macros::format_description!("[year]-[month]-[day]");
/// Longest stretch: ten years.
const HOURS_MAX: u32 = 10 * 366 * 24;

/// A stretch of time before now, or a day (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Since {
    /// So many hours before now.
    Hours(u32),
    /// From the beginning of this day on.
    Day(Date),
}

impl Since {
    /// The first moment that counts.
    pub fn from(self, now: OffsetDateTime) -> OffsetDateTime {
        match self {
            Self::Hours(hours) => now
                .checked_sub(Duration::hours(i64::from(hours)))
                .unwrap_or(OffsetDateTime::UNIX_EPOCH),
            Self::Day(day) => day.midnight().assume_utc(),
        }
    }
}

impl FromStr for Since {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let wrong = || FilterFault::value("since", "expected 12h, 7d, 4w or a day (2026-11-21)");
        if let Ok(day) = Date::parse(text, DAY) {
            return Ok(Self::Day(day));
        }
        let unit = text.chars().last().ok_or_else(wrong)?;
        let hours = match unit {
            'h' => 1,
            'd' => 24,
            'w' => 7 * 24,
            _ => return Err(wrong()),
        };
        let digits = text.strip_suffix(unit).unwrap_or_default();
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        let count: u32 = digits.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
        match count.checked_mul(hours) {
            Some(hours) if hours <= HOURS_MAX => Ok(Self::Hours(hours)),
            _ => Err(FilterFault::value("since", "at most ten years")),
        }
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(hours) if hours % 24 == 0 => write!(f, "{}d", hours / 24),
            Self::Hours(hours) => write!(f, "{hours}h"),
            // A date is always written whole.
            Self::Day(day) => f.write_str(&day.format(DAY).unwrap_or_default()),
        }
    }
}
