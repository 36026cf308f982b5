//! Foreign text, made short and plain.
use serde_json::Value;
use time::{Date, OffsetDateTime, Time, UtcOffset, format_description::well_known::Rfc3339};

/// Most characters of anything that is shown of a file.
const SHOWN_CHARS_MAX: usize = 200;
/// A time from before is no time: tools write year 1 where they know none.
const YEAR_MIN: i32 = 2000;

/// How many lines end in these bytes.
pub(crate) fn line_ends(bytes: &[u8]) -> usize {
    bytes.split(|byte| *byte == b'\n').skip(1).count()
}

/// One line of at most 200 characters, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let plain = text.chars().filter(|c| !c.is_control() && !is_bidi(*c));
    plain.take(SHOWN_CHARS_MAX).collect::<String>()
}

/// Marks that make text read in another order than it is written.
const fn is_bidi(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A text field; empty where it is missing or something else.
pub(crate) fn field<'a>(said: &'a Value, name: &str) -> &'a str {
    said.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// A truth value; none where it is missing.
pub(crate) fn flag(said: &Value, name: &str) -> Option<bool> {
    said.get(name).and_then(Value::as_bool)
}

/// A port, as a number or as text.
pub(crate) fn port(said: &Value, name: &str) -> Option<u16> {
    match said.get(name)? {
        Value::Number(number) => u16::try_from(number.as_u64()?).ok(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
    .filter(|port| *port > 0)
}

/// A time as tools write it: RFC 3339, without an offset (UTC), or a day (its begin).
pub(crate) fn moment(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    let read = OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .ok()
        .or_else(|| day(text));
    read.map(|at| at.to_offset(UtcOffset::UTC))
        .filter(|at| at.year() >= YEAR_MIN)
}

fn day(text: &str) -> Option<OffsetDateTime> {
    let mut parts = text.splitn(3, '-');
    let year: i32 = parts.next()?.parse().ok()?;
    let month: u8 = parts.next()?.parse().ok()?;
    let day: u8 = parts.next()?.parse().ok()?;
    let date = Date::from_calendar_date(year, month.try_into().ok()?, day).ok()?;
    Some(date.with_time(Time::MIDNIGHT).assume_utc())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{moment, shown};

    #[test]
    fn the_ways_tools_write_a_time_are_read() {
        for (text, at) in [
            (
                "2026-11-20T10:11:12.5Z",
                Some(datetime!(2026-11-20 10:11:12.5 UTC)),
            ),
            (
                "2026-11-20T12:11:12+02:00",
                Some(datetime!(2026-11-20 10:11:12 UTC)),
            ),
            (
                "2026-11-20T10:11:12",
                Some(datetime!(2026-11-20 10:11:12 UTC)),
            ),
            ("2026-11-20", Some(datetime!(2026-11-20 0:00 UTC))),
            ("0001-01-01T00:00:00Z", None),
            ("yesterday", None),
            ("", None),
        ] {
            assert_eq!(moment(text), at, "{text}");
        }
    }

    #[test]
    fn what_is_shown_is_one_short_line_without_marks() {
        assert_eq!(shown("a\n\u{1b}[31mb\u{202e}c"), "a[31mbc");
        assert_eq!(shown(&"x".repeat(999)).len(), 200);
    }
}
