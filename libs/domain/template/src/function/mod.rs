//! The helper functions of the expression language.
//!
//! Each also answers to its name without underscores. Left out on purpose: what would need the
//! network or a pause inside a decision (`resolve`, `jarm`, `public_ip`, `wait_for`, `llm_prompt`)
//! and serialized gadgets (`generate_java_gadget`), so templates that use them say so when loaded.

mod codec;
mod digest;
mod list;
mod number;
mod random;
mod text;
mod time;
mod version;

use bytes::Bytes;

use crate::{
    expression::EvaluationFault,
    pattern::Pattern,
    value::{Chance, TEXT_BYTES_MAX, Value},
};

/// Functions of the language that do not exist here, without underscores.
pub(crate) const LEFT_OUT: &[&str] = &[
    "resolve",
    "jarm",
    "publicip",
    "waitfor",
    "llmprompt",
    "generatejavagadget",
    "aesgcm",
    "aescbc",
    "cookieunsign",
    "ipformat",
    "getnetworkport",
];

/// A function of the language.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) name: &'static str,
    /// Fewest arguments.
    pub(crate) least: usize,
    /// Most arguments; any number when none.
    pub(crate) most: Option<usize>,
    /// Whether the first argument is a regular expression.
    pub(crate) takes_pattern: bool,
    body: Body,
}

type Outcome = Result<Value, EvaluationFault>;
type Body = fn(&mut Arguments<'_>) -> Outcome;

/// What a function is called with.
pub(crate) struct Arguments<'a> {
    values: &'a [Value],
    pattern: Option<&'a Pattern>,
    chance: &'a mut Chance,
}

const fn function(name: &'static str, least: usize, most: Option<usize>, body: Body) -> Function {
    Function {
        name,
        least,
        most,
        takes_pattern: false,
        body,
    }
}

const fn with_pattern(name: &'static str, least: usize, body: Body) -> Function {
    Function {
        name,
        least,
        most: None,
        takes_pattern: true,
        body,
    }
}

/// The function of a name, with or without its underscores.
pub(crate) fn find(name: &str) -> Option<&'static Function> {
    let rooms = [
        text::FUNCTIONS,
        list::FUNCTIONS,
        digest::FUNCTIONS,
        codec::FUNCTIONS,
        number::FUNCTIONS,
        random::FUNCTIONS,
        time::FUNCTIONS,
        version::FUNCTIONS,
    ];
    rooms.into_iter().flatten().find(|function| {
        function.name == name
            || (function.name.len() > name.len()
                && function
                    .name
                    .bytes()
                    .filter(|byte| *byte != b'_')
                    .eq(name.bytes()))
    })
}

impl Function {
    pub(crate) fn run(
        &self,
        values: &[Value],
        pattern: Option<&Pattern>,
        chance: &mut Chance,
    ) -> Outcome {
        (self.body)(&mut Arguments {
            values,
            pattern,
            chance,
        })
    }
}

impl Arguments<'_> {
    fn value(&self, index: usize) -> &Value {
        self.values.get(index).unwrap_or(&Value::Null)
    }

    fn has(&self, index: usize) -> bool {
        index < self.values.len()
    }

    fn bytes(&self, index: usize) -> Bytes {
        self.value(index).to_bytes()
    }

    fn text(&self, index: usize) -> String {
        self.value(index).to_text()
    }

    fn number(&self, index: usize) -> Result<f64, EvaluationFault> {
        self.value(index)
            .number()
            .ok_or_else(|| EvaluationFault::wrong("an argument is not a number"))
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "counts and offsets take the whole part; what is out of range saturates"
    )]
    fn whole(&self, index: usize) -> Result<i64, EvaluationFault> {
        self.number(index).map(|number| number as i64)
    }

    fn count(&self, index: usize) -> Result<usize, EvaluationFault> {
        usize::try_from(self.whole(index)?)
            .map_err(|_| EvaluationFault::wrong("an argument is negative"))
    }

    /// The arguments from one on, lists opened.
    fn rest(&self, from: usize) -> Vec<Bytes> {
        let mut rest = Vec::new();
        for value in self.values.iter().skip(from) {
            match value {
                Value::List(items) => rest.extend(items.iter().map(Value::to_bytes)),
                other => rest.push(other.to_bytes()),
            }
        }
        rest
    }

    /// Runs with the regular expression of the first argument.
    fn with_pattern<T>(&self, use_it: impl FnOnce(&Pattern) -> T) -> Result<T, EvaluationFault> {
        if let Some(pattern) = self.pattern {
            return Ok(use_it(pattern));
        }
        let pattern = Pattern::new(&self.text(0)).map_err(EvaluationFault::Wrong)?;
        Ok(use_it(&pattern))
    }
}

/// A text, unless it grew beyond what an answer may have.
pub(crate) fn bounded(bytes: impl Into<Bytes>) -> Outcome {
    let bytes = bytes.into();
    if bytes.len() > TEXT_BYTES_MAX {
        return Err(EvaluationFault::wrong("a text grew too long"));
    }
    Ok(Value::Text(bytes))
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    find_in(text, part).is_some()
}

/// Where a part begins.
fn find_in(text: &[u8], part: &[u8]) -> Option<usize> {
    crate::finding::find(text, part)
}

#[cfg(test)]
mod tests;
