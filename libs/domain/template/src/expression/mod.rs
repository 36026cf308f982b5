//! The expression language of `dsl` matchers and `{{…}}` markers.
//!
//! Its grammar is that of govaluate: numbers are floats, a backslash in a text takes the next
//! character as it is, `+` joins as soon as one side is a text, and a name without a value fails
//! the expression (not the template).

mod evaluate;
mod lex;
mod read;

use crate::{
    function::{self, Function},
    pattern::Pattern,
};

pub use evaluate::EvaluationFault;

/// A compiled expression.
#[derive(Debug)]
pub struct Expression {
    source: String,
    root: Term,
}

/// Part of an expression.
#[derive(Debug)]
pub(crate) enum Term {
    /// A literal.
    Constant(crate::Value),
    /// A text with markers inside.
    Text(crate::Marked),
    /// A name.
    Name(String),
    /// `!`, `-` or `~` before a term.
    Prefix(Operator, Box<Term>),
    /// Two terms.
    Binary(Operator, Box<Term>, Box<Term>),
    /// `condition ? then : otherwise`.
    Choice(Box<Term>, Box<Term>, Option<Box<Term>>),
    /// `(a, b)`.
    List(Vec<Term>),
    /// A function; with the expression its first argument spells, when that is a literal.
    Call(&'static Function, Vec<Term>, Option<Box<Pattern>>),
}

/// What joins terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    MatchesNot,
    In,
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
    Power,
    BitAnd,
    BitOr,
    BitXor,
    ShiftLeft,
    ShiftRight,
    Not,
    BitNot,
    Otherwise,
}

impl Expression {
    /// Compiles an expression.
    ///
    /// # Errors
    /// A sentence when it is not one, or calls a function that does not exist.
    pub fn new(source: &str) -> Result<Self, String> {
        let root = read::read(source).map_err(|why| format!("expression {source:?}: {why}"))?;
        Ok(Self {
            source: source.to_owned(),
            root,
        })
    }

    /// As the template wrote it.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn root(&self) -> &Term {
        &self.root
    }

    /// Whether its value depends on anything but itself: `7*7` in braces is a probe of somebody's
    /// template language and not of this one.
    pub(crate) fn reads_or_calls(&self) -> bool {
        let mut does = false;
        self.root
            .visit(&mut |term| does |= matches!(term, Term::Name(_) | Term::Call(..)));
        does
    }

    /// Names it reads, each once, in order of first use.
    pub fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.root.visit(&mut |term| {
            if let Term::Name(name) = term
                && !names.contains(&name.as_str())
            {
                names.push(name.as_str());
            }
        });
        names
    }
}

impl Term {
    /// Shows every term below this one, itself first.
    pub(crate) fn visit<'a>(&'a self, see: &mut dyn FnMut(&'a Term)) {
        see(self);
        match self {
            Self::Constant(_) | Self::Name(_) => {}
            Self::Text(text) => {
                for expression in text.expressions() {
                    expression.root.visit(see);
                }
            }
            Self::Prefix(_, term) => term.visit(see),
            Self::Binary(_, left, right) => {
                left.visit(see);
                right.visit(see);
            }
            Self::Choice(condition, then, otherwise) => {
                condition.visit(see);
                then.visit(see);
                if let Some(otherwise) = otherwise {
                    otherwise.visit(see);
                }
            }
            Self::List(terms) | Self::Call(_, terms, _) => {
                for term in terms {
                    term.visit(see);
                }
            }
        }
    }
}

/// A call, if the function exists and takes that many arguments.
fn call(name: &str, arguments: Vec<Term>) -> Result<Term, String> {
    let found = function::find(name).ok_or_else(|| format!("no function {name:?}"))?;
    if arguments.len() < found.least || found.most.is_some_and(|most| arguments.len() > most) {
        return Err(format!(
            "{name} does not take {} arguments",
            arguments.len()
        ));
    }
    let pattern = match (found.takes_pattern, arguments.first()) {
        (true, Some(Term::Constant(crate::Value::Text(text)))) => {
            Some(Box::new(Pattern::new(&String::from_utf8_lossy(text))?))
        }
        _ => None,
    };
    Ok(Term::Call(found, arguments, pattern))
}

#[cfg(test)]
mod tests;
