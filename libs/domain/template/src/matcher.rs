//! Matchers.
use crate::{
    Expression, Marked, Value, Values,
    expression::EvaluationFault,
    finding::contains,
    markup::Path,
    operators::{Combination, part_of},
    pattern::Pattern,
    value::Chance,
};

/// One condition on an answer.
#[derive(Debug)]
pub struct Matcher {
    /// Its name; empty when it has none.
    pub name: String,
    /// Where it looks; empty for the protocol's own place.
    pub part: String,
    /// Whether its result is turned around.
    pub is_negative: bool,
    /// Whether it steers the template without being reported.
    pub is_internal: bool,
    /// Whether letters match in either case. Words only.
    pub ignores_case: bool,
    /// How its own items combine.
    pub combination: Combination,
    /// What it looks for.
    pub kind: MatcherKind,
}

/// What a matcher looks for.
#[derive(Debug)]
pub enum MatcherKind {
    /// One of these HTTP statuses.
    Status(Vec<f64>),
    /// One of these lengths in bytes.
    Size(Vec<usize>),
    /// Texts.
    Words(Vec<Marked>),
    /// Regular expressions.
    Patterns(Vec<Pattern>),
    /// Bytes.
    Bytes(Vec<Vec<u8>>),
    /// Expressions.
    Expressions(Vec<Expression>),
    /// Nodes of a page.
    Paths(Vec<Path>),
}

impl Matcher {
    /// Whether it holds. A part that an answer does not have is no match, also turned around.
    pub fn holds(&self, answer: &Values, default_part: &str, chance: &mut Chance) -> bool {
        let found = match &self.kind {
            MatcherKind::Status(statuses) => match answer.get("status_code") {
                Some(Value::Number(status)) => statuses.contains(status),
                _ => return false,
            },
            MatcherKind::Expressions(list) => self.expressions_hold(list, answer, chance),
            kind => match part_of(answer, &self.part, default_part) {
                Some(text) => self.text_holds(kind, &text, answer, chance),
                None => return false,
            },
        };
        found != self.is_negative
    }

    fn combined(&self, mut each: impl Iterator<Item = bool>) -> bool {
        match self.combination {
            Combination::Or => each.any(|holds| holds),
            Combination::And => each.all(|holds| holds),
        }
    }

    fn text_holds(
        &self,
        kind: &MatcherKind,
        text: &[u8],
        answer: &Values,
        chance: &mut Chance,
    ) -> bool {
        match kind {
            MatcherKind::Size(sizes) => sizes.contains(&text.len()),
            MatcherKind::Words(words) => self.words_hold(words, text, answer, chance),
            MatcherKind::Patterns(patterns) => {
                self.combined(patterns.iter().map(|pattern| pattern.is_match(text)))
            }
            MatcherKind::Bytes(list) => {
                self.combined(list.iter().map(|bytes| contains(text, bytes)))
            }
            MatcherKind::Paths(paths) => {
                let page = crate::markup::read(&String::from_utf8_lossy(text));
                self.combined(paths.iter().map(|path| !path.select(&page).is_empty()))
            }
            MatcherKind::Status(_) | MatcherKind::Expressions(_) => false,
        }
    }

    fn words_hold(
        &self,
        words: &[Marked],
        text: &[u8],
        answer: &Values,
        chance: &mut Chance,
    ) -> bool {
        let lower;
        let text = if self.ignores_case {
            lower = text.to_ascii_lowercase();
            &lower
        } else {
            text
        };
        self.combined(words.iter().map(|word| {
            // A word whose marker has no value cannot be in any text.
            word.fill(answer, chance).is_ok_and(|word| {
                if self.ignores_case {
                    contains(text, &word.to_ascii_lowercase())
                } else {
                    contains(text, &word)
                }
            })
        }))
    }

    /// A failing expression is one that does not hold, except that all must be computable where
    /// all must hold.
    fn expressions_hold(&self, list: &[Expression], answer: &Values, chance: &mut Chance) -> bool {
        self.combined(list.iter().map(|expression| {
            let value: Result<Value, EvaluationFault> = expression.evaluate(answer, chance);
            value == Ok(Value::Flag(true))
        }))
    }

    pub(crate) fn expressions(&self) -> &[Expression] {
        match &self.kind {
            MatcherKind::Expressions(list) => list,
            _ => &[],
        }
    }

    pub(crate) fn marked(&self) -> impl Iterator<Item = &Marked> {
        match &self.kind {
            MatcherKind::Words(words) => words.as_slice(),
            _ => &[],
        }
        .iter()
    }
}
