//! A report as `CommonMark`. Foreign text is escaped so that it can only ever be text.

use std::fmt::Write;

use crate::domain::outline::{Outline, Sentence, Span, ranges};

/// Renders; links begin with `public_url`, without a slash at its end.
pub(crate) fn markdown(outline: &Outline, public_url: &str) -> String {
    let mut text = format!("# {}\n", escape(&outline.title));
    for section in &outline.sections {
        let _ = write!(text, "\n## {}\n\n", section.heading);
        for sentence in &section.sentences {
            let _ = writeln!(text, "- {}", line(sentence));
        }
    }
    if !outline.references.is_empty() {
        text.push_str("\n## References\n\n");
        for (at, reference) in outline.references.iter().enumerate() {
            let _ = writeln!(
                text,
                "{}. [{key}]({public_url}/exposures/{key}) {title}, {place}",
                at + 1,
                key = word(&reference.key),
                title = escape(&reference.title),
                place = escape(&reference.place),
            );
        }
    }
    text
}

fn line(sentence: &Sentence) -> String {
    let mut text: String = sentence
        .spans
        .iter()
        .map(|span| match span {
            Span::Plain(text) | Span::Quoted(text) => escape(text),
        })
        .collect();
    if !sentence.cites.is_empty() {
        let cites: Vec<String> = ranges(&sentence.cites)
            .into_iter()
            .map(|(start, end)| {
                if start == end {
                    start.to_string()
                } else {
                    format!("{start}–{end}")
                }
            })
            .collect();
        // Escaped, or a number could become a link by a definition further down.
        let _ = write!(text, " \\[{}\\]", cites.join(", "));
    }
    text
}

/// Escapes every ASCII punctuation character (`CommonMark` §2.4) and the start of what some
/// renderers make links of by themselves.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            // Characters that mean nothing inside a line, left readable.
            ' ' | ',' | ';' | '%' | '/' | '?' | '\'' => escaped.push(c),
            c if c.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(c);
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A key holds letters, digits and underscores; anything else has no place in an address.
fn word(key: &str) -> String {
    key.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

#[cfg(test)]
mod tests {
    use pulldown_cmark::{Event, Options, Parser, Tag};

    use super::markdown;
    use crate::domain::outline::{Outline, Reference, Section, Sentence, Span};

    fn with(foreign: &str) -> String {
        let outline = Outline {
            title: "Scan".to_owned(),
            sections: vec![Section {
                heading: "What changed",
                sentences: vec![Sentence {
                    spans: vec![
                        Span::Quoted(foreign.to_owned()),
                        Span::Plain(" is new.".to_owned()),
                    ],
                    cites: vec![1],
                }],
            }],
            references: vec![Reference {
                key: "exp1_abc".to_owned(),
                title: foreign.to_owned(),
                place: "h:443".to_owned(),
            }],
        };
        markdown(&outline, "https://wt.example")
    }

    #[test]
    fn foreign_text_is_only_ever_text() {
        for foreign in [
            "<script>alert(1)</script>",
            "[a](https://evil.example)",
            "![a](https://evil.example/x.png)",
            "<https://evil.example>",
            "# heading",
            "`code` *b* _i_ ~~s~~ | a | b |",
            "a\n\n## forged\n\n- item",
            "1. item",
            "&lt;b&gt; \\<b\\>",
            "[1]: https://evil.example",
        ] {
            let text = with(foreign);
            let mut links = Vec::new();
            let mut headings = 0;
            for event in Parser::new_ext(&text, Options::all()) {
                match event {
                    Event::Html(html) | Event::InlineHtml(html) => panic!("{foreign:?}: {html}"),
                    Event::Code(code) => panic!("{foreign:?}: {code}"),
                    Event::Start(
                        Tag::Image { .. }
                        | Tag::Emphasis
                        | Tag::Strong
                        | Tag::Table(_)
                        | Tag::Strikethrough,
                    ) => {
                        panic!("{foreign:?} became markup:\n{text}")
                    }
                    Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.to_string()),
                    Event::Start(Tag::Heading { .. }) => headings += 1,
                    _ => {}
                }
            }
            assert_eq!(
                links,
                ["https://wt.example/exposures/exp1_abc"],
                "{foreign:?}"
            );
            assert_eq!(headings, 3, "{foreign:?}:\n{text}");
        }
    }

    #[test]
    fn foreign_text_reads_as_it_was() {
        let foreign = "a_b*c <d> [e] & \\ `f`";
        let text = with(foreign);
        let read: String = Parser::new(&text)
            .filter_map(|event| match event {
                Event::Text(text) => Some(text.to_string()),
                _ => None,
            })
            .collect();
        assert!(read.contains(foreign), "{read}");
    }
}
