//! Functions on texts.
use bytes::Bytes;

use super::{Arguments, Function, Outcome, bounded, contains, find_in, function, with_pattern};
use crate::{
    expression::EvaluationFault,
    value::{TEXT_BYTES_MAX, Value},
};

pub(super) const FUNCTIONS: &[Function] = &[
    function("contains", 2, Some(2), |a| {
        Ok(contains(&a.bytes(0), &a.bytes(1)).into())
    }),
    function("contains_all", 2, None, |a| {
        let text = a.bytes(0);
        Ok(a.rest(1).iter().all(|part| contains(&text, part)).into())
    }),
    function("contains_any", 2, None, |a| {
        let text = a.bytes(0);
        Ok(a.rest(1).iter().any(|part| contains(&text, part)).into())
    }),
    function("equals_any", 2, None, |a| {
        let text = a.bytes(0);
        Ok(a.rest(1).contains(&text).into())
    }),
    function("starts_with", 2, None, |a| {
        let text = a.bytes(0);
        Ok(a.rest(1).iter().any(|part| text.starts_with(part)).into())
    }),
    function("ends_with", 2, None, |a| {
        let text = a.bytes(0);
        Ok(a.rest(1).iter().any(|part| text.ends_with(part)).into())
    }),
    function("line_starts_with", 2, None, |a| {
        Ok(any_line(a, <[u8]>::starts_with).into())
    }),
    function("line_ends_with", 2, None, |a| {
        Ok(any_line(a, <[u8]>::ends_with).into())
    }),
    function("count", 2, Some(2), |a| {
        let (text, part) = (a.text(0), a.text(1));
        Ok(super::number::from_usize(text.matches(&part).count()))
    }),
    function("to_lower", 1, Some(1), |a| Ok(cased(&a.bytes(0), false))),
    function("to_upper", 1, Some(1), |a| Ok(cased(&a.bytes(0), true))),
    function("to_title", 1, Some(1), |a| Ok(titled(&a.text(0)).into())),
    function("to_string", 1, Some(1), |a| Ok(Value::Text(a.bytes(0)))),
    function("concat", 1, None, |a| {
        let mut joined = Vec::new();
        a.values
            .iter()
            .for_each(|value| joined.extend_from_slice(&value.to_bytes()));
        bounded(joined)
    }),
    function("repeat", 2, Some(2), repeat),
    function("replace", 3, Some(3), |a| {
        replace(&a.bytes(0), &a.bytes(1), &a.bytes(2))
    }),
    function("replace_regex", 3, Some(3), replace_regex),
    with_pattern("regex", 2, |a| {
        let text = a.bytes(1);
        a.with_pattern(|pattern| pattern.is_match(&text).into())
    }),
    with_pattern("regex_all", 2, |a| {
        let texts = a.rest(1);
        a.with_pattern(|pattern| texts.iter().all(|text| pattern.is_match(text)).into())
    }),
    with_pattern("regex_any", 2, |a| {
        let texts = a.rest(1);
        a.with_pattern(|pattern| texts.iter().any(|text| pattern.is_match(text)).into())
    }),
    function("reverse", 1, Some(1), |a| {
        Ok(a.text(0).chars().rev().collect::<String>().into())
    }),
    function("substr", 2, Some(3), substr),
    function("trim", 2, Some(2), |a| {
        let set = a.text(1);
        Ok(a.text(0).trim_matches(|c| set.contains(c)).into())
    }),
    function("trim_left", 2, Some(2), |a| {
        let set = a.text(1);
        Ok(a.text(0).trim_start_matches(|c| set.contains(c)).into())
    }),
    function("trim_right", 2, Some(2), |a| {
        let set = a.text(1);
        Ok(a.text(0).trim_end_matches(|c| set.contains(c)).into())
    }),
    function("trim_space", 1, Some(1), |a| Ok(a.text(0).trim().into())),
    function("trim_prefix", 2, Some(2), |a| {
        let (text, part) = (a.bytes(0), a.bytes(1));
        Ok(Value::Text(match text.strip_prefix(part.as_ref()) {
            Some(rest) => Bytes::copy_from_slice(rest),
            None => text,
        }))
    }),
    function("trim_suffix", 2, Some(2), |a| {
        let (text, part) = (a.bytes(0), a.bytes(1));
        Ok(Value::Text(match text.strip_suffix(part.as_ref()) {
            Some(rest) => Bytes::copy_from_slice(rest),
            None => text,
        }))
    }),
    function("remove_bad_chars", 2, Some(2), |a| {
        let bad = a.text(1);
        Ok(a.text(0).replace(|c| bad.contains(c), "").into())
    }),
    function("padding", 4, Some(4), padding),
    function("xor", 2, None, xor),
    function("print_debug", 1, None, |_| Ok(Value::Null)),
];

fn any_line(a: &Arguments<'_>, holds: fn(&[u8], &[u8]) -> bool) -> bool {
    let text = a.bytes(0);
    let parts = a.rest(1);
    text.split(|byte| *byte == b'\n').any(|line| {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        parts.iter().any(|part| holds(line, part))
    })
}

/// Other case; bytes that are no text stay.
fn cased(text: &[u8], is_upper: bool) -> Value {
    match std::str::from_utf8(text) {
        Ok(text) if !text.is_ascii() => if is_upper {
            text.to_uppercase()
        } else {
            text.to_lowercase()
        }
        .into(),
        _ if is_upper => Value::text(text.to_ascii_uppercase()),
        _ => Value::text(text.to_ascii_lowercase()),
    }
}

fn titled(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|c| {
            let shown = if starts { c.to_ascii_uppercase() } else { c };
            starts = !c.is_alphanumeric();
            shown
        })
        .collect()
}

fn repeat(a: &mut Arguments<'_>) -> Outcome {
    let (text, times) = (a.bytes(0), a.count(1)?);
    if text.len().saturating_mul(times) > TEXT_BYTES_MAX {
        return Err(EvaluationFault::wrong("a text grew too long"));
    }
    bounded(text.repeat(times))
}

/// Every occurrence replaced; an empty one is nowhere.
pub(super) fn replace(text: &[u8], old: &[u8], new: &[u8]) -> Outcome {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text);
    while !old.is_empty()
        && let Some(at) = find_in(rest, old)
    {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(new);
        rest = rest.get(at + old.len()..).unwrap_or_default();
        if out.len() > TEXT_BYTES_MAX {
            return Err(EvaluationFault::wrong("a text grew too long"));
        }
    }
    out.extend_from_slice(rest);
    bounded(out)
}

fn replace_regex(a: &mut Arguments<'_>) -> Outcome {
    let pattern = crate::pattern::Pattern::new(&a.text(1)).map_err(EvaluationFault::Wrong)?;
    let regex = pattern
        .regex()
        .ok_or_else(|| EvaluationFault::wrong("the expression is too large"))?;
    let (text, new) = (a.bytes(0), a.bytes(2));
    bounded(regex.replace_all(&text, new.as_ref()).into_owned())
}

/// Offsets count from the end when negative.
fn substr(a: &mut Arguments<'_>) -> Outcome {
    let text = a.bytes(0);
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let place = |offset: i64| {
        let from_start = if offset < 0 { length + offset } else { offset };
        usize::try_from(from_start.clamp(0, length)).unwrap_or_default()
    };
    let start = place(a.whole(1)?);
    let end = if a.has(2) {
        place(a.whole(2)?)
    } else {
        text.len()
    };
    text.get(start..end)
        .map(|part| Value::text(part.to_vec()))
        .ok_or_else(|| EvaluationFault::wrong("the end is before the start"))
}

fn padding(a: &mut Arguments<'_>) -> Outcome {
    let (text, pad, length) = (a.bytes(0), a.bytes(1), a.count(2)?);
    if pad.is_empty() || length > TEXT_BYTES_MAX {
        return Err(EvaluationFault::wrong("the padding is not usable"));
    }
    let missing = length.saturating_sub(text.len());
    let fill: Vec<u8> = pad.iter().copied().cycle().take(missing).collect();
    bounded(if a.text(3).eq_ignore_ascii_case("prefix") {
        [fill.as_slice(), &text].concat()
    } else {
        [&text, fill.as_slice()].concat()
    })
}

fn xor(a: &mut Arguments<'_>) -> Outcome {
    let mut parts = a.rest(0).into_iter();
    let mut out = parts.next().unwrap_or_default().to_vec();
    for part in parts {
        if part.len() != out.len() {
            return Err(EvaluationFault::wrong("xor needs texts of one length"));
        }
        for (byte, other) in out.iter_mut().zip(part.iter()) {
            *byte ^= other;
        }
    }
    bounded(out)
}
