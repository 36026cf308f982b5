//! Versions and their constraints.
use std::cmp::Ordering;

use super::{Function, function};
use crate::expression::EvaluationFault;

pub(super) const FUNCTIONS: &[Function] = &[function("compare_versions", 2, None, |a| {
    let text = a.text(0);
    let version = Version::read(&text).ok_or_else(|| EvaluationFault::wrong("not a version"))?;
    let mut all = true;
    for constraint in a.rest(1) {
        let constraint = String::from_utf8_lossy(&constraint);
        for one in constraint.split(',') {
            all &= version
                .holds(one.trim())
                .ok_or_else(|| EvaluationFault::wrong("not a constraint"))?;
        }
    }
    Ok(all.into())
})];

/// Numbers, then what comes before a release.
#[derive(Debug, PartialEq, Eq)]
struct Version {
    numbers: Vec<u64>,
    given: usize,
    pre: String,
}

impl Version {
    fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches(['v', 'V']);
        let text = text.split('+').next().unwrap_or_default();
        let end = text
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(text.len());
        let (numbers, pre) = text.split_at(end);
        let numbers: Vec<u64> = numbers
            .trim_end_matches('.')
            .split('.')
            .map(|part| part.parse().ok())
            .collect::<Option<_>>()?;
        let pre = pre.trim_start_matches(['-', '.', '~']);
        let is_plain = pre
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~'));
        is_plain.then(|| Self {
            given: numbers.len(),
            numbers,
            pre: pre.to_owned(),
        })
    }

    fn order(&self, other: &Self) -> Ordering {
        let length = self.numbers.len().max(other.numbers.len());
        let at = |version: &Self, index: usize| version.numbers.get(index).copied().unwrap_or(0);
        (0..length)
            .map(|index| at(self, index).cmp(&at(other, index)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| order_of_pre(&self.pre, &other.pre))
    }

    /// Whether a constraint such as `>= 1.2` holds; none when it is not one.
    fn holds(&self, constraint: &str) -> Option<bool> {
        let end = constraint
            .find(|c: char| !"<>=!~".contains(c))
            .unwrap_or(constraint.len());
        let (operator, rest) = constraint.split_at(end);
        let bound = Self::read(rest)?;
        let order = self.order(&bound);
        Some(match operator {
            "" | "=" | "==" => order.is_eq(),
            "!=" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            // At least the bound, with all but its last number the same.
            "~>" | "~" => {
                let same = bound.given.saturating_sub(1);
                let starts = self
                    .numbers
                    .iter()
                    .chain(std::iter::repeat(&0))
                    .take(same)
                    .eq(bound.numbers.iter().take(same));
                order.is_ge() && starts
            }
            _ => return None,
        })
    }
}

/// A release is later than anything before it; parts compare as numbers where both are.
fn order_of_pre(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (left.split('.'), right.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.parse::<u64>(), b.parse::<u64>()) {
                (Ok(a), Ok(b)) => a.cmp(&b),
                (Ok(_), Err(_)) => Ordering::Less,
                (Err(_), Ok(_)) => Ordering::Greater,
                (Err(_), Err(_)) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}
