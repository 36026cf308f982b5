//! Strangers' text in a mail.

/// One line of at most `most` characters without control or direction-changing ones, which could
/// forge lines of the text body or show one name as another.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut line: String = text
        .chars()
        .map(|c| {
            if c.is_control() || is_direction(c) {
                ' '
            } else {
                c
            }
        })
        .take(most)
        .collect();
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

/// Unicode bidirectional controls (UAX #9) and line separators.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn it_is_one_line_and_says_when_it_was_cut() {
        assert_eq!(one_line(" a\r\nb\u{202e}c ", 20), "a  b c");
        assert_eq!(one_line("abcdef", 3), "abc…");
    }
}
