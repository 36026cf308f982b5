//! Words people mark things with.
use std::{fmt, str::FromStr};

/// Longest tag, in bytes.
const TAG_BYTES_MAX: usize = 50;
/// The word for no tag at all, so that it can be asked for.
const NONE: &str = "none";

/// A tag: lower-case letters, digits and `-_.:/`, at most 50 of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// Text that is no tag.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a tag has 1 to 50 letters, digits and -_.:/ (and is not \"none\")")]
pub struct InvalidTag;

impl Tag {
    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let tag = text.trim().to_ascii_lowercase();
        let plain = |c: char| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | '/')
        };
        if (1..=TAG_BYTES_MAX).contains(&tag.len()) && tag.chars().all(plain) && tag != NONE {
            Ok(Self(tag))
        } else {
            Err(InvalidTag)
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Tag;

    #[test]
    fn a_tag_is_a_plain_word_in_lower_case() {
        assert_eq!(" PCI:2.1 ".parse::<Tag>().unwrap().as_str(), "pci:2.1");
        for text in ["", "none", "two words", "a,b", "caf\u{e9}", &"x".repeat(51)] {
            assert!(text.parse::<Tag>().is_err(), "{text}");
        }
    }
}
