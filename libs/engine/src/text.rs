//! Text from targets, made harmless for logs, titles and attributes.
use sha2::{Digest, Sha256};

/// Longest piece of a target's text kept in a title, attribute or log line.
pub(crate) const SNIPPET_CHARS_MAX: usize = 160;

/// Foreign bytes as one short printable line.
pub(crate) fn snippet(bytes: &[u8]) -> String {
    let head = bytes.get(..SNIPPET_CHARS_MAX * 4).unwrap_or(bytes);
    line(&String::from_utf8_lossy(head))
}

/// SHA-256 of bytes, hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Foreign text as one short printable line: control characters become spaces.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(SNIPPET_CHARS_MAX) {
        let c = if c.is_control() || is_bidi_control(c) {
            ' '
        } else {
            c
        };
        if !(c == ' ' && (out.is_empty() || out.ends_with(' '))) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Characters that reorder what a reader sees (Unicode TR 9).
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::snippet;

    #[test]
    fn hostile_text_becomes_one_short_line() {
        assert_eq!(snippet(b"  a\r\n\x1b[31mb\0 "), "a [31mb");
        assert_eq!(snippet(&[b'x'; 10_000]).len(), super::SNIPPET_CHARS_MAX);
        assert_eq!(snippet("a\u{202e}b".as_bytes()), "a b");
    }
}
