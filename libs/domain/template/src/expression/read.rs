//! From words to terms, by precedence.
use super::{Operator, Term, call, lex};
use crate::{Marked, Value};
use lex::Word;

/// Deepest nesting of one expression.
const DEPTH_MAX: usize = 64;
/// Most words of one expression; each costs a level of the tree at worst.
const WORDS_MAX: usize = 4_096;

struct Reader {
    words: Vec<Word>,
    at: usize,
    depth: usize,
}

/// Reads a whole expression.
pub(super) fn read(source: &str) -> Result<Term, String> {
    let words = lex::words(source)?;
    if words.len() > WORDS_MAX {
        return Err(format!("more than {WORDS_MAX} words"));
    }
    let mut reader = Reader {
        words,
        at: 0,
        depth: 0,
    };
    let term = reader.choice()?;
    match reader.peek() {
        None => Ok(term),
        Some(word) => Err(format!("{word:?} was not expected")),
    }
}

/// How tightly an operator binds, loosest first.
fn level_of(operator: Operator) -> Option<u8> {
    Some(match operator {
        Operator::Otherwise => 0,
        Operator::Or => 1,
        Operator::And => 2,
        Operator::Equal
        | Operator::Unequal
        | Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::Matches
        | Operator::MatchesNot
        | Operator::In => 3,
        Operator::BitAnd | Operator::BitOr | Operator::BitXor => 4,
        Operator::ShiftLeft | Operator::ShiftRight => 5,
        Operator::Plus | Operator::Minus => 6,
        Operator::Times | Operator::Divide | Operator::Modulo => 7,
        Operator::Power => 8,
        Operator::Not | Operator::BitNot => return None,
    })
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    fn take(&mut self, word: &Word) -> bool {
        let is_it = self.peek() == Some(word);
        self.at += usize::from(is_it);
        is_it
    }

    fn choice(&mut self) -> Result<Term, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("nested deeper than {DEPTH_MAX}"));
        }
        let condition = self.binary(0)?;
        let term = if self.take(&Word::Question) {
            let then = self.binary(0)?;
            let otherwise = if self.take(&Word::Colon) {
                Some(Box::new(self.choice()?))
            } else {
                None
            };
            Term::Choice(Box::new(condition), Box::new(then), otherwise)
        } else {
            condition
        };
        self.depth -= 1;
        Ok(term)
    }

    /// Terms joined by operators that bind at least as tightly as `level`, from the left.
    fn binary(&mut self, level: u8) -> Result<Term, String> {
        let mut left = self.prefix()?;
        while let Some(Word::Operator(operator)) = self.peek() {
            let operator = *operator;
            let Some(own) = level_of(operator).filter(|own| *own >= level) else {
                break;
            };
            self.at += 1;
            let right = self.binary(own + 1)?;
            left = Term::Binary(operator, Box::new(left), Box::new(right));
        }
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Term, String> {
        let mut prefixes = Vec::new();
        while let Some(Word::Operator(
            operator @ (Operator::Not | Operator::Minus | Operator::BitNot),
        )) = self.peek()
        {
            prefixes.push(*operator);
            self.at += 1;
            if prefixes.len() > DEPTH_MAX {
                return Err(format!("nested deeper than {DEPTH_MAX}"));
            }
        }
        let mut term = self.value()?;
        for operator in prefixes.into_iter().rev() {
            term = Term::Prefix(operator, Box::new(term));
        }
        Ok(term)
    }

    fn value(&mut self) -> Result<Term, String> {
        let word = self.peek().cloned().ok_or("it ends too early")?;
        self.at += 1;
        match word {
            Word::Number(number) => Ok(Term::Constant(Value::Number(number))),
            Word::Text(text) => Ok(text_term(&text)),
            Word::Name(name) if self.take(&Word::Open) => {
                let arguments = self.list(&Word::Close)?;
                call(&name, arguments)
            }
            Word::Name(name) => Ok(match name.as_str() {
                "true" => Term::Constant(Value::Flag(true)),
                "false" => Term::Constant(Value::Flag(false)),
                _ => Term::Name(name),
            }),
            Word::Open => {
                let mut terms = self.list(&Word::Close)?;
                match (terms.len(), terms.pop()) {
                    (1, Some(only)) => Ok(only),
                    (_, last) => {
                        terms.extend(last);
                        Ok(Term::List(terms))
                    }
                }
            }
            Word::OpenMarker => {
                let term = self.choice()?;
                if self.take(&Word::CloseMarker) {
                    Ok(term)
                } else {
                    Err("a marker does not end".to_owned())
                }
            }
            word => Err(format!("{word:?} was not expected")),
        }
    }

    fn list(&mut self, end: &Word) -> Result<Vec<Term>, String> {
        let mut terms = Vec::new();
        if self.take(end) {
            return Ok(terms);
        }
        loop {
            terms.push(self.choice()?);
            if self.take(end) {
                return Ok(terms);
            }
            if !self.take(&Word::Comma) {
                return Err("a comma or a closing bracket is missing".to_owned());
            }
        }
    }
}

/// A text; one with markers inside is filled in when it is evaluated.
fn text_term(text: &str) -> Term {
    if text.contains("{{") {
        let marked = Marked::new(text);
        if marked.has_markers() {
            return Term::Text(marked);
        }
    }
    Term::Constant(Value::from(text))
}
