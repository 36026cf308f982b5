//! Text of targets, made harmless: banners and titles are written by whoever we scan.
use std::fmt::Write as _;

use serde_json::Value;

/// The text with everything that moves a cursor, colours, rings or reorders shown as an escape.
pub(crate) fn safe(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for letter in text.chars() {
        if acts(letter) {
            // Writing to a String cannot fail.
            let _ = write!(harmless, "\\u{{{:x}}}", u32::from(letter));
        } else {
            harmless.push(letter);
        }
    }
    harmless
}

/// A document, with the same letters escaped as JSON does. They stand in strings only.
pub(super) fn json(value: &Value, pretty: bool) -> String {
    let text = if pretty {
        serde_json::to_string_pretty(value)
    } else {
        serde_json::to_string(value)
    }
    .unwrap_or_default();
    let mut harmless = String::with_capacity(text.len());
    for letter in text.chars() {
        // Control letters below U+0020 in strings are escaped already; a line feed is layout.
        if letter != '\n' && acts(letter) {
            let _ = write!(harmless, "\\u{:04x}", u32::from(letter));
        } else {
            harmless.push(letter);
        }
    }
    harmless
}

/// Control characters (C0, C1, DEL) and those that reorder or hide text (UAX #9, UTS #39).
fn acts(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::safe;

    #[test]
    fn nothing_a_target_wrote_acts_on_a_terminal() {
        let hostile = "a\u{1b}]0;x\u{7}b\u{9b}2J\u{202e}c\r\nd\u{7f}";
        let shown = safe(hostile);
        assert!(shown.chars().all(|letter| !letter.is_control()));
        assert!(!shown.contains('\u{202e}'));
        assert_eq!(safe("Größe 漢字 ok"), "Größe 漢字 ok");
    }

    #[test]
    fn json_stays_the_same_document() {
        let value = json!({"title": "a\u{9b}2J\u{202e}\u{1b}\u{7f}\n", "n": 1});
        let text = super::json(&value, true);
        assert!(
            text.chars()
                .all(|letter| letter == '\n' || !letter.is_control())
        );
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }
}
