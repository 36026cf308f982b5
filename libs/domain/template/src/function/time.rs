//! Functions of time. Now is given from outside.
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::{Arguments, Function, Outcome, function, number::from_i64};
use crate::{expression::EvaluationFault, value::Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("unix_time", 0, Some(1), |a| {
        let offset = if a.has(0) { a.whole(0)? } else { 0 };
        Ok(from_i64(a.chance.now_s.saturating_add(offset)))
    }),
    function("date_time", 1, Some(2), |a| {
        let at = if a.has(1) {
            a.whole(1)?
        } else {
            a.chance.now_s
        };
        let at = OffsetDateTime::from_unix_timestamp(at)
            .map_err(|_| EvaluationFault::wrong("a time that far"))?;
        Ok(written(&a.text(0), at).into())
    }),
    function("to_unix_time", 1, Some(2), unix_time),
];

/// Letters of the simple form (`%Y-%M-%D`), then parts of Go's reference time, longest first.
const SIMPLE: &[(&str, &str)] = &[
    ("%Y", "2006"),
    ("%M", "01"),
    ("%D", "02"),
    ("%H", "15"),
    ("%m", "04"),
    ("%S", "05"),
    ("%y", "06"),
    ("%d", "02"),
];

fn written(format: &str, at: OffsetDateTime) -> String {
    let mut layout = format.to_owned();
    for (letter, part) in SIMPLE {
        layout = layout.replace(letter, part);
    }
    let month = at.month().to_string();
    let weekday = at.weekday().to_string();
    let hour12 = (at.hour() + 11) % 12 + 1;
    let parts: Vec<(&str, String)> = vec![
        ("January", month.clone()),
        ("Monday", weekday.clone()),
        ("2006", format!("{:04}", at.year())),
        ("-0700", "+0000".to_owned()),
        ("Z07:00", "Z".to_owned()),
        ("MST", "UTC".to_owned()),
        ("Jan", month.chars().take(3).collect()),
        ("Mon", weekday.chars().take(3).collect()),
        ("01", format!("{:02}", u8::from(at.month()))),
        ("02", format!("{:02}", at.day())),
        ("03", format!("{hour12:02}")),
        ("04", format!("{:02}", at.minute())),
        ("05", format!("{:02}", at.second())),
        ("06", format!("{:02}", at.year().rem_euclid(100))),
        ("15", format!("{:02}", at.hour())),
        ("PM", if at.hour() < 12 { "AM" } else { "PM" }.to_owned()),
    ];
    let (mut out, mut rest) = (String::new(), layout.as_str());
    while let Some(first) = rest.chars().next() {
        if let Some((part, value)) = parts.iter().find(|(part, _)| rest.starts_with(part)) {
            out.push_str(value);
            rest = rest.get(part.len()..).unwrap_or_default();
        } else {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    out
}

fn unix_time(a: &mut Arguments<'_>) -> Outcome {
    let text = a.text(0);
    if let Some(number) = Value::from(text.as_str()).number() {
        return Ok(Value::Number(number));
    }
    if let Ok(at) = OffsetDateTime::parse(&text, &time::format_description::well_known::Rfc3339) {
        return Ok(from_i64(at.unix_timestamp()));
    }
    let seconds = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let day = format_description!("[year]-[month]-[day]");
    let parsed = PrimitiveDateTime::parse(&text, seconds)
        .or_else(|_| time::Date::parse(&text, day).map(time::Date::midnight));
    parsed
        .map(|at| from_i64(at.assume_utc().unix_timestamp()))
        .map_err(|_| EvaluationFault::wrong("not a time"))
}
