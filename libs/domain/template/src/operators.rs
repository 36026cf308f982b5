//! Matchers and extractors: what an answer has to show, and what is taken from it.
use crate::{
    Expression, Marked, Value, Values,
    extractor::{Extracted, Extractor},
    matcher::Matcher,
    value::Chance,
};

/// How several conditions combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Combination {
    /// One is enough: the language's default everywhere.
    #[default]
    Or,
    /// All have to hold.
    And,
}

/// The matchers and extractors of one request block.
#[derive(Debug, Default)]
pub struct Operators {
    /// How the matchers combine.
    pub combination: Combination,
    /// In the order of the template.
    pub matchers: Vec<Matcher>,
    /// In the order of the template.
    pub extractors: Vec<Extractor>,
}

/// What the operators concluded of one answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conclusion {
    /// Whether this is a finding, or would be if it were not internal.
    pub is_match: bool,
    /// Whether a match only steers the template and is not reported.
    pub is_internal: bool,
    /// Names of the matchers that matched, where one is enough.
    pub matchers: Vec<String>,
    /// What extractors took, by their name; an empty name for those without.
    pub extracted: Vec<(String, Vec<String>)>,
    /// Values for later requests.
    pub values: Vec<(String, Vec<String>)>,
}

impl Conclusion {
    /// Everything reported, each once, in order.
    pub fn results(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for text in self.extracted.iter().flat_map(|(_, texts)| texts) {
            if !all.contains(text) {
                all.push(text.clone());
            }
        }
        all
    }
}

impl Operators {
    /// Judges an answer given as values. `default_part` is where matchers without a part look.
    pub fn conclude(&self, answer: &Values, default_part: &str, chance: &mut Chance) -> Conclusion {
        let mut conclusion = Conclusion::default();
        let mut names = answer.clone();
        for extractor in &self.extractors {
            let Extracted(texts) = extractor.extract(&names, default_part, chance);
            if texts.is_empty() {
                continue;
            }
            if !extractor.name.is_empty() {
                expose(&mut names, &extractor.name, &texts);
                conclusion
                    .values
                    .push((extractor.name.clone(), texts.clone()));
            }
            if !extractor.is_internal {
                conclusion.extracted.push((extractor.name.clone(), texts));
            }
        }
        if self.matchers.is_empty() {
            conclusion.is_match = !conclusion.extracted.is_empty();
            return conclusion;
        }
        conclusion.is_internal = self.matchers.iter().any(|matcher| matcher.is_internal);
        for matcher in &self.matchers {
            let holds = matcher.holds(&names, default_part, chance);
            match (self.combination, holds) {
                (Combination::And, false) => {
                    conclusion.is_match = false;
                    conclusion.matchers.clear();
                    return conclusion;
                }
                (Combination::Or, true)
                    if !matcher.name.is_empty() && !conclusion.matchers.contains(&matcher.name) =>
                {
                    conclusion.matchers.push(matcher.name.clone());
                }
                _ => {}
            }
            conclusion.is_match |= holds;
        }
        conclusion
    }

    /// Whether any of them looks at an earlier or a later answer by its number (`body_2`).
    pub fn reads_history(&self) -> bool {
        let mut reads = false;
        self.each_expression(&mut |expression| {
            reads |= expression.names().iter().any(|name| is_numbered(name));
        });
        let parts = self.matchers.iter().map(|matcher| &matcher.part);
        reads
            || parts
                .chain(self.extractors.iter().map(|extractor| &extractor.part))
                .any(|part| is_numbered(part))
    }

    /// Whether any of them looks at a visit of the target to a server of ours.
    pub fn reads_interactions(&self) -> bool {
        let is_visit = |name: &str| name.starts_with("interactsh");
        let mut reads = false;
        self.each_expression(&mut |expression| {
            reads |= expression.names().iter().any(|name| is_visit(name));
        });
        let parts = self.matchers.iter().map(|matcher| &matcher.part);
        reads
            || parts
                .chain(self.extractors.iter().map(|extractor| &extractor.part))
                .any(|part| is_visit(part))
    }

    /// Shows every expression.
    pub(crate) fn each_expression<'a>(&'a self, see: &mut dyn FnMut(&'a Expression)) {
        for matcher in &self.matchers {
            matcher.expressions().iter().for_each(&mut *see);
            for marked in matcher.marked() {
                marked.expressions().for_each(&mut *see);
            }
        }
        for extractor in &self.extractors {
            extractor.expressions().iter().for_each(&mut *see);
        }
    }

    /// Shows every text with markers.
    pub(crate) fn marked(&self) -> impl Iterator<Item = &Marked> {
        self.matchers.iter().flat_map(Matcher::marked)
    }
}

/// One value under its name; several also under the name with their number.
pub fn expose(names: &mut Values, name: &str, texts: &[String]) {
    match texts {
        [only] => names.set(name, only.as_str()),
        several => {
            for (index, text) in several.iter().enumerate() {
                names.set(format!("{name}{index}"), text.as_str());
            }
            if let Some(first) = several.first() {
                names.set(name, first.as_str());
            }
        }
    }
}

/// A name that ends in `_` and a number.
pub(crate) fn is_numbered(name: &str) -> bool {
    name.rsplit_once('_').is_some_and(|(stem, number)| {
        !stem.is_empty() && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    })
}

/// The bytes a matcher or extractor looks at; none when the answer has no such part.
pub(crate) fn part_of(answer: &Values, part: &str, default_part: &str) -> Option<bytes::Bytes> {
    let part = if part.is_empty() { default_part } else { part };
    let (stem, number) = match part.rsplit_once('_') {
        Some((stem, _)) if is_numbered(part) => part.split_at(stem.len()),
        _ => (part, ""),
    };
    let get = |name: &str| answer.get(&format!("{name}{number}")).map(Value::to_bytes);
    match stem {
        "header" => get("all_headers").or_else(|| get("header")),
        "all" => match (get("body"), get("all_headers")) {
            (Some(body), Some(headers)) => Some([body, headers].concat().into()),
            _ => get(default_part),
        },
        _ => get(stem),
    }
}
