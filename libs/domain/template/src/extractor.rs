//! Extractors.
use crate::{
    Expression, Value, Values, jq::Query, markup::Path, operators::part_of, pattern::Pattern,
    value::Chance,
};

/// Most texts of one extractor, and most bytes of one text: results are for people.
const TEXTS_MAX: usize = 1_000;
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Takes texts from an answer.
#[derive(Debug)]
pub struct Extractor {
    /// Its name; empty when it has none.
    pub name: String,
    /// Where it looks; empty for the protocol's own place.
    pub part: String,
    /// Whether its texts are only for later requests.
    pub is_internal: bool,
    /// How it looks.
    pub kind: ExtractorKind,
}

/// How an extractor looks.
#[derive(Debug)]
pub enum ExtractorKind {
    /// A group of regular expressions.
    Patterns {
        /// Group 0 is the whole match.
        group: usize,
        /// The expressions.
        patterns: Vec<Pattern>,
    },
    /// Values of the answer by their names.
    Names(Vec<String>),
    /// jq.
    Queries(Vec<Query>),
    /// Nodes of a page: their text or an attribute.
    Paths {
        /// The attribute; empty for the text.
        attribute: String,
        /// The paths.
        paths: Vec<Path>,
    },
    /// Expressions.
    Expressions(Vec<Expression>),
}

/// What one extractor took, each text once.
pub(crate) struct Extracted(pub(crate) Vec<String>);

impl Extractor {
    pub(crate) fn extract(
        &self,
        answer: &Values,
        default_part: &str,
        chance: &mut Chance,
    ) -> Extracted {
        let mut taken = Taken::default();
        let part = || part_of(answer, &self.part, default_part);
        match &self.kind {
            ExtractorKind::Patterns { group, patterns } => {
                if let Some(text) = part() {
                    for regex in patterns.iter().filter_map(Pattern::regex) {
                        for captures in regex.captures_iter(&text) {
                            if let Some(found) = captures.get(*group) {
                                taken.add(&String::from_utf8_lossy(found.as_bytes()));
                            }
                            if taken.is_full() {
                                break;
                            }
                        }
                    }
                }
            }
            ExtractorKind::Names(names) => {
                for name in names {
                    if let Some(value) = answer.get(name) {
                        taken.add(&value.to_text());
                    }
                }
            }
            ExtractorKind::Queries(queries) => {
                if let Some(text) = part() {
                    for query in queries {
                        query
                            .run(&text, TEXTS_MAX)
                            .iter()
                            .for_each(|text| taken.add(text));
                    }
                }
            }
            ExtractorKind::Paths { attribute, paths } => {
                if let Some(text) = part() {
                    let page = crate::markup::read(&String::from_utf8_lossy(&text));
                    for path in paths {
                        for node in path.select(&page) {
                            taken.add(&page.shown(node, attribute));
                        }
                    }
                }
            }
            ExtractorKind::Expressions(list) => {
                for expression in list {
                    match expression.evaluate(answer, chance) {
                        Ok(Value::List(items)) => {
                            for item in items {
                                taken.add(&item.to_text());
                            }
                        }
                        Ok(value) => taken.add(&value.to_text()),
                        Err(_) => {}
                    }
                }
            }
        }
        Extracted(taken.0)
    }

    pub(crate) fn expressions(&self) -> &[Expression] {
        match &self.kind {
            ExtractorKind::Expressions(list) => list,
            _ => &[],
        }
    }
}

#[derive(Default)]
struct Taken(Vec<String>);

impl Taken {
    fn add(&mut self, text: &str) {
        let end = text.floor_char_boundary(TEXT_BYTES_MAX);
        let text = text.get(..end).unwrap_or_default();
        if !text.is_empty() && !self.is_full() && !self.0.iter().any(|known| known == text) {
            self.0.push(text.to_owned());
        }
    }

    fn is_full(&self) -> bool {
        self.0.len() >= TEXTS_MAX
    }
}
