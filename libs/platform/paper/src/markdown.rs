//! A document as `CommonMark` with tables. Foreign text is escaped so that it can only ever be text.

use std::fmt::Write;

use crate::{
    chart::words,
    inert::{address, line, lines},
    model::{Block, Cell, Line, Paper, Table},
};

/// Writes the text.
pub fn markdown(paper: &Paper) -> String {
    let mut text = format!("# {}\n", escape(&paper.title));
    for block in &paper.blocks {
        text.push('\n');
        write_block(&mut text, block);
    }
    if !paper.brand.footer.is_empty() {
        let _ = writeln!(text, "\n{}", escape(&paper.brand.footer));
    }
    text
}

fn write_block(text: &mut String, block: &Block) {
    match block {
        Block::Heading(heading) => {
            let _ = writeln!(text, "## {}", escape(heading));
        }
        Block::Paragraph(said) => {
            let _ = writeln!(text, "{}", escape(said));
        }
        Block::Bullets(items) => {
            for item in items {
                let _ = writeln!(text, "- {}{}", escape(&item.text), cites(item));
            }
        }
        Block::Facts(facts) => {
            for (name, value) in facts {
                let _ = writeln!(text, "- {}: {}", escape(name), escape(value));
            }
        }
        Block::Table(table) => write_table(text, table),
        Block::Chart(chart) => {
            let _ = writeln!(text, "{}", escape(&words(chart)));
        }
        Block::Bytes(bytes) => write_bytes(text, bytes),
        Block::References(references) => {
            for (at, reference) in references.iter().enumerate() {
                let key = word(&reference.key);
                let said = escape(&reference.text);
                let _ = match address(&reference.url) {
                    Some(url) => writeln!(text, "{}. [{key}]({}) {said}", at + 1, place(url)),
                    None => writeln!(text, "{}. {key} {said}", at + 1),
                };
            }
        }
    }
}

fn write_table(text: &mut String, table: &Table) {
    for column in &table.columns {
        let _ = write!(text, "| {} ", escape(&column.title));
    }
    text.push_str("|\n");
    for _ in &table.columns {
        text.push_str("| --- ");
    }
    text.push_str("|\n");
    for row in &table.rows {
        for cell in row {
            let _ = write!(text, "| {} ", cell_text(cell));
        }
        text.push_str("|\n");
    }
}

fn cell_text(cell: &Cell) -> String {
    let said = escape(&cell.text);
    match address(&cell.url) {
        Some(url) if !said.is_empty() => format!("[{said}]({})", place(url)),
        _ => said,
    }
}

/// Bytes between fences that are longer than any run of backticks among them (`CommonMark` §4.5): an
/// indented block would be part of a list that stands before it.
fn write_bytes(text: &mut String, bytes: &str) {
    let longest = bytes.split(|c| c != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default().max(2) + 1);
    let _ = writeln!(text, "{fence}text");
    for shown in lines(bytes) {
        let _ = writeln!(text, "{}", shown.trim_end());
    }
    let _ = writeln!(text, "{fence}");
}

fn cites(item: &Line) -> String {
    if item.cites.is_empty() {
        return String::new();
    }
    let runs: Vec<String> = item
        .cites
        .iter()
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}–{end}")
            }
        })
        .collect();
    // Escaped, or a number could become a link by a definition further down.
    format!(" \\[{}\\]", runs.join(", "))
}

/// An address inside round brackets.
fn place(url: &str) -> String {
    url.replace('(', "%28")
        .replace(')', "%29")
        .replace('\\', "%5C")
        .replace('<', "%3C")
}

/// Escapes every ASCII punctuation character (`CommonMark` §2.4) and the start of what some
/// renderers make links of by themselves.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in line(text).chars() {
        match c {
            // Characters that mean nothing inside a line, left readable.
            ' ' | ',' | ';' | '%' | '/' | '?' | '\'' => escaped.push(c),
            c if c.is_ascii_punctuation() => {
                escaped.push('\\');
                escaped.push(c);
            }
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
    use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag};

    use super::markdown;
    use crate::model::{Block, Cell, Column, Line, Paper, Reference, Table};

    const URL: &str = "https://wt.example/o/org_1/exposures/exp1_abc";

    fn with(foreign: &str) -> String {
        markdown(&Paper {
            title: "Scan".to_owned(),
            blocks: vec![
                Block::Heading("What changed".to_owned()),
                Block::Bullets(vec![Line {
                    text: format!("{foreign} is new."),
                    cites: vec![(1, 1)],
                }]),
                Block::Table(Table {
                    columns: vec![Column::new("Title", 1), Column::new("Host", 1)],
                    rows: vec![vec![Cell::text(foreign), Cell::text(foreign)]],
                }),
                Block::Bytes(format!("```\n{foreign}\n````")),
                Block::Heading("References".to_owned()),
                Block::References(vec![Reference {
                    key: "exp1_abc".to_owned(),
                    url: URL.to_owned(),
                    text: format!("{foreign}, h:443"),
                }]),
            ],
            ..Paper::default()
        })
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
            let (mut links, mut headings, mut cells, mut blocks) = (Vec::new(), 0, 0, 0);
            for event in Parser::new_ext(&text, Options::all()) {
                match event {
                    Event::Html(html) | Event::InlineHtml(html) => panic!("{foreign:?}: {html}"),
                    Event::Code(code) => panic!("{foreign:?}: {code}"),
                    Event::Start(
                        Tag::Image { .. }
                        | Tag::Emphasis
                        | Tag::Strong
                        | Tag::Strikethrough
                        | Tag::CodeBlock(CodeBlockKind::Indented),
                    ) => {
                        panic!("{foreign:?} became markup:\n{text}")
                    }
                    Event::Start(Tag::Link { dest_url, .. }) => links.push(dest_url.to_string()),
                    Event::Start(Tag::Heading { .. }) => headings += 1,
                    Event::Start(Tag::TableCell) => cells += 1,
                    Event::Start(Tag::CodeBlock(_)) => blocks += 1,
                    _ => {}
                }
            }
            assert_eq!(links, [URL], "{foreign:?}");
            assert_eq!((headings, cells, blocks), (3, 4, 1), "{foreign:?}:\n{text}");
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
