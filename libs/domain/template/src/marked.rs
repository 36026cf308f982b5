//! Texts with `{{…}}` markers.
//!
//! A marker holds a name or an expression. What an answer said is put in as it is and never read
//! again: a page that answers with `{{…}}` does not get to run anything.
use bytes::Bytes;

use crate::{
    Expression,
    value::{Chance, Values},
};

/// A text with its markers found.
#[derive(Debug)]
pub struct Marked {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    Plain(String),
    Marker {
        /// As written, with its braces.
        written: String,
        /// Between the braces, trimmed.
        name: String,
        expression: Option<Expression>,
    },
}

impl Marked {
    /// Finds the markers of a text. What cannot be an expression stays as it is.
    pub fn new(source: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = source;
        while let Some(start) = rest.find("{{") {
            let (plain, from) = rest.split_at(start);
            let Some(length) = marker_length(from) else {
                break;
            };
            let (written, after) = from.split_at(length);
            let inner = written.get(2..length - 2).unwrap_or_default();
            // `{{{name}}}`: the outer braces are the text's own.
            let (plain, written, inner) = match inner.strip_prefix('{') {
                Some(less) => (
                    format!("{plain}{{"),
                    written.get(1..).unwrap_or_default(),
                    less,
                ),
                None => (plain.to_owned(), written, inner),
            };
            parts.push(Part::Plain(plain));
            let name = inner.trim().to_owned();
            let expression = Expression::new(&name)
                .ok()
                .filter(Expression::reads_or_calls);
            parts.push(Part::Marker {
                written: written.to_owned(),
                name,
                expression,
            });
            rest = after;
        }
        parts.push(Part::Plain(rest.to_owned()));
        Self {
            source: source.to_owned(),
            parts,
        }
    }

    /// As the template wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether there is anything to fill in.
    pub fn has_markers(&self) -> bool {
        self.parts.len() > 1
    }

    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            Part::Marker { expression, .. } => expression.as_ref(),
            Part::Plain(_) => None,
        })
    }

    /// Names its markers read, each once.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for part in &self.parts {
            if let Part::Marker {
                name, expression, ..
            } = part
            {
                let read = match expression {
                    // `{{a-b}}` may be one name or a difference: values decide when it is filled.
                    Some(expression) if !name.contains('-') || name.contains('(') => {
                        expression.names()
                    }
                    _ => vec![name.as_str()],
                };
                for name in read {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
        }
        names
    }

    /// Markers that call a function of the language that is left out here. Other brackets are
    /// probes of somebody else's template language.
    pub(crate) fn broken(&self) -> Option<String> {
        self.parts.iter().find_map(|part| match part {
            Part::Marker {
                name,
                expression: None,
                ..
            } => {
                let word = name.split('(').next().unwrap_or_default();
                let is_call = name.contains('(')
                    && !word.is_empty()
                    && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
                let is_left_out = crate::function::LEFT_OUT
                    .contains(&word.replace('_', "").to_ascii_lowercase().as_str());
                (is_call && is_left_out).then(|| Expression::new(name).err())?
            }
            _ => None,
        })
    }

    /// The text with every marker filled in.
    ///
    /// # Errors
    /// The markers that have no value.
    pub fn fill(&self, names: &Values, chance: &mut Chance) -> Result<Bytes, Vec<String>> {
        let mut left = Vec::new();
        let filled = self.fill_known(names, chance, &mut left);
        if left.is_empty() {
            Ok(filled)
        } else {
            Err(left)
        }
    }

    /// The text with what is known filled in; the rest stays as written and is noted.
    pub fn fill_known(&self, names: &Values, chance: &mut Chance, left: &mut Vec<String>) -> Bytes {
        if let [Part::Plain(text)] = self.parts.as_slice() {
            return Bytes::copy_from_slice(text.as_bytes());
        }
        let mut out = Vec::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Plain(text) => out.extend_from_slice(text.as_bytes()),
                Part::Marker {
                    written,
                    name,
                    expression,
                } => {
                    if let Some(value) = value_of(name, expression.as_ref(), names, chance) {
                        out.extend_from_slice(&value);
                        continue;
                    }
                    out.extend_from_slice(written.as_bytes());
                    if is_a_marker(name) {
                        left.push(name.clone());
                    }
                }
            }
        }
        Bytes::from(out)
    }
}

fn value_of(
    name: &str,
    expression: Option<&Expression>,
    names: &Values,
    chance: &mut Chance,
) -> Option<Bytes> {
    if let Some(value) = names.get(name) {
        return Some(value.to_bytes());
    }
    expression?
        .evaluate(names, chance)
        .ok()
        .map(|value| value.to_bytes())
}

/// Braces around something else (a script, a page's own template language) are the text's own:
/// neither `{{7*7}}` nor `{{"a": 1}}` was ever ours.
fn is_a_marker(name: &str) -> bool {
    name.chars()
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && name.split('(').next().is_some_and(|word| {
            word.chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
        })
}

/// Length of the marker a text begins with, counting markers inside.
fn marker_length(text: &str) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("{{") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("}}") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Marked;
    use crate::{Chance, Value, Values};

    fn fill(text: &str) -> Result<String, Vec<String>> {
        let mut values = Values::new();
        values.set("BaseURL", "http://h:1");
        values.set("a-b", "dash");
        values.set("user", "o'ne\"");
        values.set("answer", "{{user}}");
        Marked::new(text)
            .fill(&values, &mut Chance::new(1, 0))
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn names_and_expressions_are_filled_in() {
        assert_eq!(fill("{{BaseURL}}/x").unwrap(), "http://h:1/x");
        assert_eq!(fill("{{ a-b }}").unwrap(), "dash");
        assert_eq!(fill("{{to_upper('x')}}{{len('abc')+2}}").unwrap(), "X5");
        assert_eq!(fill("{{{user}}}").unwrap(), "{o'ne\"}");
        assert_eq!(
            fill("{{hex_encode('{{user}}:{{concat(\"{{a-b}}\", 1)}}')}}").unwrap(),
            hex::encode("o'ne\":dash1")
        );
    }

    #[test]
    fn what_an_answer_said_is_not_read_again() {
        assert_eq!(fill("{{answer}}").unwrap(), "{{user}}");
        assert_eq!(fill("{{to_lower('{{answer}}')}}").unwrap(), "{{user}}");
    }

    #[test]
    fn what_has_no_value_is_named_and_foreign_braces_stay() {
        assert_eq!(fill("{{nobody}} {{md5(nobody)}}").unwrap_err().len(), 2);
        assert_eq!(
            fill("{\"a\":{\"b\":{}}} {{7*7}}").unwrap(),
            "{\"a\":{\"b\":{}}} {{7*7}}"
        );
        assert_eq!(fill("{{open").unwrap(), "{{open");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_filled_without_panic(text in "[{}a-z('\",+ ]{0,60}") {
            let marked = Marked::new(&text);
            let mut left = Vec::new();
            let _ = marked.fill_known(&Values::new(), &mut Chance::new(1, 0), &mut left);
            let _ = Value::from(text.as_str());
        }
    }
}
