//! Functions of chance.
use super::{Arguments, Function, Outcome, function, number::from_i64};
use crate::{expression::EvaluationFault, value::Value};

const DIGITS: &str = "0123456789";
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Longest text of chance.
const LENGTH_MAX: usize = 65_536;

pub(super) const FUNCTIONS: &[Function] = &[
    function("rand_base", 1, Some(2), |a| {
        let own = a.text(1);
        let all = [LETTERS, DIGITS].concat();
        text(a, if own.is_empty() { &all } else { &own }, "")
    }),
    function("rand_char", 0, Some(1), |a| {
        let own = a.text(0);
        let all = [LETTERS, DIGITS].concat();
        let alphabet = if own.is_empty() { all } else { own };
        Ok(a.chance.text(alphabet.as_bytes(), 1).into())
    }),
    function("rand_text_alpha", 1, Some(2), |a| {
        let bad = a.text(1);
        text(a, LETTERS, &bad)
    }),
    function("rand_text_alphanumeric", 1, Some(2), |a| {
        let bad = a.text(1);
        text(a, &[LETTERS, DIGITS].concat(), &bad)
    }),
    function("rand_text_numeric", 1, Some(2), |a| {
        let bad = a.text(1);
        text(a, DIGITS, &bad)
    }),
    function("rand_int", 0, Some(2), |a| {
        let low = if a.has(0) { a.whole(0)? } else { 0 };
        let high = if a.has(1) {
            a.whole(1)?
        } else {
            i64::from(i32::MAX)
        };
        let width = u64::try_from(high.saturating_sub(low)).unwrap_or_default();
        let offset = i64::try_from(a.chance.below(width)).unwrap_or_default();
        Ok(from_i64(low.saturating_add(offset)))
    }),
    function("rand_ip", 0, None, |a| {
        let network = a.text(0);
        let (base, bits) = network.split_once('/').unwrap_or(("0.0.0.0", "0"));
        let base: std::net::Ipv4Addr = base
            .parse()
            .map_err(|_| EvaluationFault::wrong("not a network"))?;
        let bits: u32 = bits.parse().unwrap_or(32).min(32);
        let mask = u32::MAX.checked_shl(32 - bits).unwrap_or_default();
        let low = u32::try_from(a.chance.step() & 0xffff_ffff).unwrap_or_default();
        let number = (base.to_bits() & mask) | (low & !mask);
        Ok(std::net::Ipv4Addr::from_bits(number).to_string().into())
    }),
];

fn text(a: &mut Arguments<'_>, alphabet: &str, bad: &str) -> Outcome {
    let length = a.count(0)?;
    if length > LENGTH_MAX {
        return Err(EvaluationFault::wrong("a text of chance that long"));
    }
    let alphabet: String = alphabet.chars().filter(|c| !bad.contains(*c)).collect();
    Ok(Value::from(a.chance.text(alphabet.as_bytes(), length)))
}
