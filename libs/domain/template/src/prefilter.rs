//! One pass over an answer for all templates: which of them could match at all.
//!
//! Most templates need some text to be there. Those texts are looked for together, ASCII case
//! ignored, and only templates whose texts were seen are judged. It may let a template through
//! that does not match; it never holds one back that would.
use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use crate::{
    Combination, Matcher, MatcherKind, Operators, Value,
    expression::{Operator, Term},
};

/// Shortest text worth looking for: shorter ones are on every page.
const LITERAL_BYTES_MIN: usize = 3;

/// What has to be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Need {
    Nothing,
    Literal(usize),
    All(Vec<Need>),
    Any(Vec<Need>),
}

/// The texts of many templates.
#[derive(Debug)]
pub struct Prefilter {
    needs: Vec<Need>,
    literals: usize,
    automaton: Option<AhoCorasick>,
}

/// Which texts one answer has.
#[derive(Debug, Clone)]
pub struct Seen(Vec<bool>);

#[derive(Default)]
struct Collector {
    known: BTreeMap<Vec<u8>, usize>,
}

impl Prefilter {
    /// For the operators of blocks, known by their place in the list from then on.
    pub fn new<'a>(blocks: impl Iterator<Item = &'a Operators>) -> Self {
        let mut collector = Collector::default();
        let needs: Vec<Need> = blocks
            .map(|operators| collector.operators(operators))
            .collect();
        let mut literals: Vec<(usize, Vec<u8>)> = collector
            .known
            .into_iter()
            .map(|(text, id)| (id, text))
            .collect();
        literals.sort_unstable();
        let texts: Vec<Vec<u8>> = literals.into_iter().map(|(_, text)| text).collect();
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .build(&texts)
            .ok();
        Self {
            needs,
            literals: texts.len(),
            automaton,
        }
    }

    /// Looks at the parts of an answer.
    pub fn look(&self, parts: &[&[u8]]) -> Seen {
        let Some(automaton) = &self.automaton else {
            return Seen(vec![true; self.literals]);
        };
        let mut seen = vec![false; self.literals];
        for part in parts {
            for found in automaton.find_overlapping_iter(part) {
                if let Some(flag) = seen.get_mut(found.pattern().as_usize()) {
                    *flag = true;
                }
            }
        }
        Seen(seen)
    }

    /// Whether the operators of this place could say anything about that answer.
    pub fn may_match(&self, block: usize, seen: &Seen) -> bool {
        self.needs.get(block).is_none_or(|need| need.is_met(seen))
    }

    /// How many different texts are looked for.
    pub fn len(&self) -> usize {
        self.literals
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.literals == 0
    }
}

impl Need {
    fn is_met(&self, seen: &Seen) -> bool {
        match self {
            Self::Nothing => true,
            Self::Literal(id) => seen.0.get(*id).copied().unwrap_or(true),
            Self::All(needs) => needs.iter().all(|need| need.is_met(seen)),
            Self::Any(needs) => needs.iter().any(|need| need.is_met(seen)),
        }
    }

    fn all(needs: Vec<Self>) -> Self {
        let needs: Vec<Self> = needs
            .into_iter()
            .filter(|need| *need != Self::Nothing)
            .collect();
        if needs.is_empty() {
            Self::Nothing
        } else {
            Self::All(needs)
        }
    }

    fn any(needs: Vec<Self>) -> Self {
        if needs.is_empty() || needs.contains(&Self::Nothing) {
            Self::Nothing
        } else {
            Self::Any(needs)
        }
    }

    fn combined(combination: Combination, needs: Vec<Self>) -> Self {
        match combination {
            Combination::And => Self::all(needs),
            Combination::Or => Self::any(needs),
        }
    }
}

/// Whether a part is a piece of the answer that is looked at.
fn is_looked_at(part: &str) -> bool {
    matches!(
        part,
        "" | "body" | "header" | "all_headers" | "response" | "all"
    )
}

impl Collector {
    fn operators(&mut self, operators: &Operators) -> Need {
        // What an extractor takes is wanted whether or not the matchers hold.
        if operators.matchers.is_empty()
            || operators
                .extractors
                .iter()
                .any(|extractor| extractor.is_internal || !extractor.name.is_empty())
            || operators.reads_history()
        {
            return Need::Nothing;
        }
        let needs = operators
            .matchers
            .iter()
            .map(|matcher| self.matcher(matcher))
            .collect();
        Need::combined(operators.combination, needs)
    }

    fn matcher(&mut self, matcher: &Matcher) -> Need {
        if matcher.is_negative {
            return Need::Nothing;
        }
        let needs: Vec<Need> = match &matcher.kind {
            MatcherKind::Words(words) if is_looked_at(&matcher.part) => words
                .iter()
                .map(|word| {
                    if word.has_markers() || !word.source().is_ascii() {
                        Need::Nothing
                    } else {
                        self.literal(word.source().as_bytes())
                    }
                })
                .collect(),
            MatcherKind::Bytes(list) if is_looked_at(&matcher.part) => {
                list.iter().map(|bytes| self.literal(bytes)).collect()
            }
            MatcherKind::Patterns(patterns) if is_looked_at(&matcher.part) => patterns
                .iter()
                .map(|pattern| match pattern.required() {
                    Some(texts) => Need::any(texts.iter().map(|text| self.literal(text)).collect()),
                    None => Need::Nothing,
                })
                .collect(),
            MatcherKind::Expressions(list) => list
                .iter()
                .map(|expression| self.term(expression.root()))
                .collect(),
            _ => return Need::Nothing,
        };
        Need::combined(matcher.combination, needs)
    }

    fn literal(&mut self, text: &[u8]) -> Need {
        if text.len() < LITERAL_BYTES_MIN {
            return Need::Nothing;
        }
        let next = self.known.len();
        Need::Literal(*self.known.entry(text.to_ascii_lowercase()).or_insert(next))
    }

    fn term(&mut self, term: &Term) -> Need {
        match term {
            Term::Binary(Operator::And, left, right) => {
                Need::all(vec![self.term(left), self.term(right)])
            }
            Term::Binary(Operator::Or, left, right) => {
                Need::any(vec![self.term(left), self.term(right)])
            }
            Term::Call(function, arguments, pattern) => match (function.name, arguments.as_slice())
            {
                ("contains" | "contains_all", [text, parts @ ..]) if reads_answer(text) => {
                    let needs = parts.iter().map(|part| self.constant(part)).collect();
                    Need::all(needs)
                }
                ("contains_any", [text, parts @ ..]) if reads_answer(text) => {
                    let needs = parts.iter().map(|part| self.constant(part)).collect();
                    Need::any(needs)
                }
                ("regex", [_, text]) if reads_answer(text) => {
                    match pattern.as_ref().and_then(|pattern| pattern.required()) {
                        Some(texts) => {
                            Need::any(texts.iter().map(|text| self.literal(text)).collect())
                        }
                        None => Need::Nothing,
                    }
                }
                _ => Need::Nothing,
            },
            _ => Need::Nothing,
        }
    }

    fn constant(&mut self, term: &Term) -> Need {
        match term {
            // Other letters than ASCII's have cases that the pass over the answer does not fold.
            Term::Constant(Value::Text(text)) if text.is_ascii() => self.literal(text),
            _ => Need::Nothing,
        }
    }
}

/// The answer itself, or in another case.
fn reads_answer(term: &Term) -> bool {
    match term {
        Term::Name(name) => is_looked_at(name) && !name.is_empty(),
        Term::Call(function, arguments, _) if matches!(function.name, "to_lower" | "to_upper") => {
            arguments.first().is_some_and(reads_answer)
        }
        _ => false,
    }
}
