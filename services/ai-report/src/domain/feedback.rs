//! What people say of the paragraphs of a report.

use crate::error::ReportFault;

/// Longest reason, characters: a sentence or three.
pub(crate) const REASON_CHARS_MAX: usize = 500;

/// What somebody thinks of a paragraph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vote {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

impl Vote {
    /// By its word in the contract; none takes it back.
    ///
    /// # Errors
    /// Another word.
    pub(crate) fn of(word: &str) -> Result<Option<Self>, ReportFault> {
        match word {
            "up" => Ok(Some(Self::Up)),
            "down" => Ok(Some(Self::Down)),
            "none" => Ok(None),
            _ => Err(ReportFault::field("vote", "expected up, down or none")),
        }
    }

    /// Its word in the contract.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// A reason as it is kept.
///
/// # Errors
/// Too long, or with characters that nobody sees.
pub(crate) fn reason(text: &str) -> Result<&str, ReportFault> {
    let plain = |character: char| !character.is_control() || character == '\n';
    if text.chars().count() > REASON_CHARS_MAX || !text.chars().all(plain) {
        let reason = format!("expected at most {REASON_CHARS_MAX} printable characters");
        return Err(ReportFault::field("reason", reason));
    }
    Ok(text.trim())
}

/// How many paragraphs the Markdown of a report has: what stands below each of its headings. Text of
/// others is escaped there, so that none of it begins a line like one.
pub(crate) fn paragraphs(markdown: &str) -> usize {
    markdown
        .lines()
        .filter(|line| line.starts_with("## "))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{REASON_CHARS_MAX, Vote, paragraphs, reason};

    #[test]
    fn a_vote_is_up_down_or_taken_back() {
        for vote in [Vote::Up, Vote::Down] {
            assert_eq!(Vote::of(vote.as_str()).unwrap(), Some(vote));
        }
        assert_eq!(Vote::of("none").unwrap(), None);
        assert!(Vote::of("sideways").is_err());
    }

    #[test]
    fn a_reason_is_short_and_can_be_read() {
        assert_eq!(reason(" too long\n ").unwrap(), "too long");
        assert!(reason(&"ä".repeat(REASON_CHARS_MAX)).is_ok());
        assert!(reason(&"ä".repeat(REASON_CHARS_MAX + 1)).is_err());
        assert!(reason("a\0b").is_err());
    }

    #[test]
    fn paragraphs_are_counted_by_their_headings() {
        assert_eq!(paragraphs("# Title\n\n## One\n\n- ## no\n\n## Two\n"), 2);
        assert_eq!(paragraphs(""), 0);
    }
}
