//! Functions on lists.
use bytes::Bytes;

use super::{Arguments, Function, Outcome, bounded, function, number::from_usize};
use crate::{expression::EvaluationFault, value::Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("len", 1, Some(1), |a| {
        Ok(from_usize(match a.value(0) {
            Value::List(list) => list.len(),
            other => other.to_bytes().len(),
        }))
    }),
    function("join", 2, None, |a| {
        bounded(a.rest(1).join(a.bytes(0).as_ref()))
    }),
    function("split", 2, Some(3), split),
    function("index", 2, Some(2), index),
    function("sort", 1, None, |a| {
        Ok(arranged(a, |list| list.sort_unstable()))
    }),
    function("uniq", 1, None, |a| {
        Ok(arranged(a, |list| {
            let mut seen = Vec::new();
            list.retain(|item| {
                let is_new = !seen.contains(item);
                seen.push(item.clone());
                is_new
            });
        }))
    }),
    function("zip", 2, None, |_| {
        Err(EvaluationFault::wrong("archives are not written here"))
    }),
];

/// Several arguments are a list; one text is its letters.
fn arranged(a: &Arguments<'_>, arrange: fn(&mut Vec<Bytes>)) -> Value {
    if let (1, Value::Text(text)) = (a.values.len(), a.value(0)) {
        let mut letters: Vec<Bytes> = String::from_utf8_lossy(text)
            .chars()
            .map(|c| Bytes::from(c.to_string()))
            .collect();
        arrange(&mut letters);
        return Value::text(letters.concat());
    }
    let mut list = a.rest(0);
    arrange(&mut list);
    Value::List(list.into_iter().map(Value::Text).collect())
}

/// By a separator, or by a length when that is a number.
fn split(a: &mut Arguments<'_>) -> Outcome {
    let text = a.text(0);
    let parts: Vec<Value> = match a.value(1) {
        Value::Number(_) => {
            let size = a.count(1)?.max(1);
            let letters: Vec<char> = text.chars().collect();
            letters
                .chunks(size)
                .map(|chunk| Value::from(chunk.iter().collect::<String>()))
                .collect()
        }
        _ if a.has(2) => text
            .splitn(a.count(2)?, &a.text(1))
            .map(Value::from)
            .collect(),
        _ => text.split(&a.text(1)).map(Value::from).collect(),
    };
    Ok(Value::List(parts))
}

fn index(a: &mut Arguments<'_>) -> Outcome {
    let at = a.whole(1)?;
    let place = |length: usize| {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        usize::try_from(if at < 0 { length + at } else { at }).ok()
    };
    let found = match a.value(0) {
        Value::List(list) => place(list.len()).and_then(|at| list.get(at)).cloned(),
        other => {
            let text = other.to_bytes();
            place(text.len())
                .and_then(|at| text.get(at..=at))
                .map(|byte| Value::text(byte.to_vec()))
        }
    };
    found.ok_or_else(|| EvaluationFault::wrong("there is nothing at this index"))
}
