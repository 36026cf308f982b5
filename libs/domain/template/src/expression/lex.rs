//! Words of an expression.
use std::str::Chars;

use super::Operator;

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    Number(f64),
    Text(String),
    Name(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
    Question,
    Colon,
    /// `{{` and `}}` around a part: brackets.
    OpenMarker,
    CloseMarker,
}

/// Splits an expression.
pub(super) fn words(source: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = source.chars();
    loop {
        while rest.as_str().starts_with(char::is_whitespace) {
            rest.next();
        }
        let Some(first) = rest.clone().next() else {
            return Ok(words);
        };
        let word = match first {
            '"' | '\'' | '`' => text(&mut rest)?,
            '[' => bracketed(&mut rest)?,
            '0'..='9' => number(&mut rest)?,
            '.' if rest
                .as_str()
                .get(1..2)
                .is_some_and(|c| c.as_bytes().first().is_some_and(u8::is_ascii_digit)) =>
            {
                number(&mut rest)?
            }
            _ if first.is_alphabetic() || first == '_' => name(&mut rest),
            _ => symbol(&mut rest)?,
        };
        words.push(word);
    }
}

/// A backslash takes the next character as it is: `\n` is `n`, as in the language.
fn text(rest: &mut Chars<'_>) -> Result<Word, String> {
    let quote = rest.next();
    let mut text = String::new();
    while let Some(c) = rest.next() {
        if Some(c) == quote {
            return Ok(Word::Text(text));
        }
        match c {
            '\\' if quote != Some('`') => text.extend(rest.next()),
            _ => text.push(c),
        }
    }
    Err("a text does not end".to_owned())
}

fn bracketed(rest: &mut Chars<'_>) -> Result<Word, String> {
    let (inner, after) = rest
        .as_str()
        .get(1..)
        .and_then(|text| text.split_once(']'))
        .ok_or("a bracketed name does not end")?;
    *rest = after.chars();
    Ok(Word::Name(inner.to_owned()))
}

fn take_while(rest: &mut Chars<'_>, want: impl Fn(char) -> bool) -> String {
    let taken: String = rest.clone().take_while(|c| want(*c)).collect();
    for _ in taken.chars() {
        rest.next();
    }
    taken
}

fn number(rest: &mut Chars<'_>) -> Result<Word, String> {
    let text = take_while(rest, |c| c.is_ascii_alphanumeric() || c == '.');
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok().map(f64::from),
        None => text.parse().ok(),
    };
    parsed
        .map(Word::Number)
        .ok_or_else(|| format!("{text:?} is not a number"))
}

fn name(rest: &mut Chars<'_>) -> Word {
    let name = take_while(rest, |c| c.is_alphanumeric() || c == '_' || c == '.');
    match name.to_ascii_lowercase().as_str() {
        "in" => Word::Operator(Operator::In),
        _ => Word::Name(name),
    }
}

/// Symbols, longest first.
const SYMBOLS: &[(&str, Operator)] = &[
    ("||", Operator::Or),
    ("&&", Operator::And),
    ("==", Operator::Equal),
    ("!=", Operator::Unequal),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("=~", Operator::Matches),
    ("!~", Operator::MatchesNot),
    ("<<", Operator::ShiftLeft),
    (">>", Operator::ShiftRight),
    ("**", Operator::Power),
    ("??", Operator::Otherwise),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("+", Operator::Plus),
    ("-", Operator::Minus),
    ("*", Operator::Times),
    ("/", Operator::Divide),
    ("%", Operator::Modulo),
    ("&", Operator::BitAnd),
    ("|", Operator::BitOr),
    ("^", Operator::BitXor),
    ("!", Operator::Not),
    ("~", Operator::BitNot),
];

fn symbol(rest: &mut Chars<'_>) -> Result<Word, String> {
    let single = [
        ("{{", Word::OpenMarker),
        ("}}", Word::CloseMarker),
        ("(", Word::Open),
        (")", Word::Close),
        (",", Word::Comma),
        (":", Word::Colon),
    ];
    for (symbol, word) in single {
        if let Some(after) = rest.as_str().strip_prefix(symbol) {
            *rest = after.chars();
            return Ok(word);
        }
    }
    for (symbol, operator) in SYMBOLS {
        if let Some(after) = rest.as_str().strip_prefix(symbol) {
            *rest = after.chars();
            return Ok(Word::Operator(*operator));
        }
    }
    match rest.next() {
        Some('?') => Ok(Word::Question),
        other => Err(format!("{:?} is not a symbol", other.unwrap_or_default())),
    }
}
