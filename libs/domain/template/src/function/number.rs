//! Functions on numbers and their spellings.
use super::{Arguments, Function, Outcome, function};
use crate::{expression::EvaluationFault, value::Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("to_number", 1, Some(1), |a| a.number(0).map(Value::Number)),
    function("round", 1, Some(1), |a| {
        a.number(0).map(|number| Value::Number(number.round()))
    }),
    function("dec_to_hex", 1, Some(1), |a| {
        a.whole(0).map(|number| format!("{number:x}").into())
    }),
    function("hex_to_dec", 1, Some(1), |a| spelled(a, 16, "0x")),
    function("oct_to_dec", 1, Some(1), |a| spelled(a, 8, "0o")),
    function("bin_to_dec", 1, Some(1), |a| spelled(a, 2, "0b")),
    function("unpack", 2, Some(2), unpack),
];

#[expect(
    clippy::cast_precision_loss,
    reason = "lengths of bounded texts are far below 2^53"
)]
pub(super) fn from_usize(number: usize) -> Value {
    Value::Number(number as f64)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "every number of the language is a float"
)]
pub(super) fn from_i64(number: i64) -> Value {
    Value::Number(number as f64)
}

fn spelled(a: &Arguments<'_>, base: u32, prefix: &str) -> Outcome {
    let text = a.text(0).to_ascii_lowercase();
    i64::from_str_radix(text.strip_prefix(prefix).unwrap_or(&text), base)
        .map(from_i64)
        .map_err(|_| EvaluationFault::wrong("not a number of this base"))
}

/// One integer of a packed text: an order (`<`, `>`, `!`) and a letter, as in Python's `struct`.
fn unpack(a: &mut Arguments<'_>) -> Outcome {
    let (format, data) = (a.text(0), a.bytes(1));
    let is_little = !format.starts_with(['>', '!']);
    let letter = format.chars().last().unwrap_or_default();
    let size = match letter {
        'b' | 'B' | 'c' => 1,
        'h' | 'H' => 2,
        'i' | 'I' | 'l' | 'L' => 4,
        'q' | 'Q' => 8,
        _ => return Err(EvaluationFault::wrong("no such packed format")),
    };
    let mut bytes = data
        .get(..size)
        .ok_or_else(|| EvaluationFault::wrong("too few bytes"))?
        .to_vec();
    if is_little {
        bytes.reverse();
    }
    let number = bytes
        .iter()
        .fold(0_i128, |number, byte| number << 8 | i128::from(*byte));
    let is_negative = letter.is_ascii_lowercase() && bytes.first().is_some_and(|b| *b >= 0x80);
    let number = if is_negative {
        number - (1 << (8 * size))
    } else {
        number
    };
    Ok(from_i64(i64::try_from(number).unwrap_or(i64::MAX)))
}
