//! Patterns of names: `*` stands for anything.
use std::{fmt, str::FromStr};

use crate::FilterFault;

/// A pattern in lower case, with `*` for any characters, also none. Everything else is meant
/// literally.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(String);

impl Glob {
    /// Whether the whole of `text` fits, whatever its case.
    pub fn fits(&self, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let mut pieces = self.0.split('*');
        let first = pieces.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else {
            return false;
        };
        let mut pieces: Vec<&str> = pieces.collect();
        let Some(last) = pieces.pop() else {
            return rest.is_empty();
        };
        // The earliest place for each piece leaves the most for the others.
        for piece in pieces {
            match rest.find(piece).and_then(|at| rest.get(at + piece.len()..)) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        rest.ends_with(last)
    }

    /// Whether it is one text and no pattern.
    pub fn is_plain(&self) -> bool {
        !self.0.contains('*')
    }

    /// The longest of its texts between `*`: whatever fits has it somewhere.
    pub fn longest_piece(&self) -> &str {
        let pieces = self.0.split('*');
        pieces.max_by_key(|piece| piece.len()).unwrap_or_default()
    }

    /// The same as a `like` pattern of SQL, over text in lower case.
    pub fn like(&self) -> String {
        let mut pattern = String::with_capacity(self.0.len() + 2);
        for letter in self.0.chars() {
            match letter {
                '*' => pattern.push('%'),
                '%' | '_' | '\\' => pattern.extend(['\\', letter]),
                other => pattern.push(other),
            }
        }
        pattern
    }
}

impl FromStr for Glob {
    type Err = FilterFault;

    fn from_str(text: &str) -> Result<Self, FilterFault> {
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '"' | '\'');
        if text.is_empty() || !text.chars().all(plain) {
            return Err(FilterFault::value(
                "asset",
                "a pattern has letters, digits, signs and *",
            ));
        }
        let mut pattern = text.to_ascii_lowercase();
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
        Ok(Self(pattern))
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
