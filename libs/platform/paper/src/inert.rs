//! Text that can only be read: what every form does to every string before anything else.

/// Characters that change the direction or order of what is around them (UAX #9), break lines, or
/// can't be seen.
fn is_deceptive(c: char) -> bool {
    matches!(
        c,
        '\u{061c}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// One line: control and deceptive characters are spaces.
pub(crate) fn line(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() || is_deceptive(c) {
                ' '
            } else {
                c
            }
        })
        .collect()
}

/// Lines of bytes that came from elsewhere; tabs are spaces, a carriage return at a line's end goes.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = String> + '_ {
    text.lines().map(|text| line(text.trim_end_matches('\r')))
}

/// An address of our own: http, https or a place in the document; anything else is none.
pub(crate) fn address(url: &str) -> Option<&str> {
    let ours = ["https://", "http://", "#"];
    let clean = url.chars().all(|c| c.is_ascii_graphic() && c != '"');
    (clean && ours.iter().any(|start| url.starts_with(start))).then_some(url)
}

#[cfg(test)]
mod tests {
    use super::{address, line, lines};

    #[test]
    fn nothing_turns_hides_or_breaks_a_line() {
        assert_eq!(line("a\nb\u{202e}c\u{200b}d\u{1b}[2J"), "a b c d [2J");
        let shown: Vec<String> = lines("GET / HTTP/1.1\r\nHost: x\r\n").collect();
        assert_eq!(shown, ["GET / HTTP/1.1", "Host: x"]);
    }

    #[test]
    fn only_our_own_kind_of_address_is_a_link() {
        assert!(address("https://wt.example/o/org_1/exposures/exp1_a").is_some());
        assert!(address("#ref-1").is_some());
        for foreign in [
            "javascript:alert(1)",
            "data:text/html,x",
            "https://x/\"y",
            "",
            "//x",
        ] {
            assert_eq!(address(foreign), None, "{foreign}");
        }
    }
}
