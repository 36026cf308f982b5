//! A document as a page of its own: no script, no style or image from elsewhere.

use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::{
    chart::{Anchor, Shape, WIDTH, draw, words},
    inert::{address, line, lines},
    logo::Logo,
    model::{Block, Cell, Chart, Line, Paper, Reference, Table},
};

/// Writes the page.
pub fn html(paper: &Paper) -> String {
    let mut page = String::with_capacity(4096);
    let title = escape(&paper.title);
    let color = paper.brand.color.hex();
    // Only where there is one to show, and only from the page itself.
    let (images, logo) = match &paper.brand.logo {
        Some(logo) => ("; img-src data:", image(logo)),
        None => ("", String::new()),
    };
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'{images}\">\n\
         <title>{title}</title>\n<style>\n:root {{ --brand: {color} }}\n{STYLE}</style>\n</head>\n<body>\n\
         {logo}<p class=\"brand\">{}</p>\n<h1>{title}</h1>\n",
        escape(&paper.brand.name),
    );
    for block in &paper.blocks {
        write_block(&mut page, block);
    }
    if !paper.brand.footer.is_empty() {
        let _ = writeln!(page, "<footer>{}</footer>", escape(&paper.brand.footer));
    }
    page.push_str("</body>\n</html>\n");
    page
}

/// The picture, at most as large as in print; the name that stands below says what it is.
fn image(logo: &Logo) -> String {
    let (width, height) = logo.size();
    let data = STANDARD.encode(logo.png());
    format!(
        "<img class=\"logo\" alt=\"\" width=\"{width}\" height=\"{height}\" src=\"data:image/png;base64,{data}\">\n"
    )
}

const STYLE: &str = "\
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; font: 16px/1.55 system-ui, sans-serif; color: #1c2330; background: #fff; overflow-wrap: anywhere }\n\
.logo { display: block; width: auto; height: auto; max-width: 12.5rem; max-height: 3rem; margin-bottom: .5rem }\n\
.brand { color: var(--brand); font-weight: 600; margin: 0 } h1 { font-size: 1.6rem; margin-top: .2rem } h2 { font-size: 1.15rem; margin-top: 2rem; border-bottom: 1px solid #d9dde5 }\n\
ul { padding-left: 1.2rem } li { margin: .35rem 0 } a { color: var(--brand) } code, pre { font-size: .85em } .cites { color: #5a6373; font-size: .85em }\n\
pre { background: #f3f5f8; padding: .7rem; white-space: pre-wrap; overflow-wrap: anywhere } table { border-collapse: collapse; width: 100%; font-size: .85rem }\n\
th { text-align: left; background: #f3f5f8 } th, td { padding: .3rem .5rem; border-bottom: 1px solid #d9dde5; vertical-align: top } thead { display: table-header-group }\n\
dl { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .2rem 1rem } dt { color: #5a6373 } dd { margin: 0 } svg { max-width: 100%; height: auto } footer { margin-top: 3rem; color: #5a6373; font-size: .85rem }\n\
@media print { body { margin: 0; max-width: none } tr, svg { break-inside: avoid } }\n";

fn write_block(page: &mut String, block: &Block) {
    match block {
        Block::Heading(text) => {
            let _ = writeln!(page, "<h2>{}</h2>", escape(text));
        }
        Block::Paragraph(text) => {
            let _ = writeln!(page, "<p>{}</p>", escape(text));
        }
        Block::Bullets(items) => {
            page.push_str("<ul>\n");
            for item in items {
                let _ = writeln!(page, "<li>{}{}</li>", escape(&item.text), cites(item));
            }
            page.push_str("</ul>\n");
        }
        Block::Facts(facts) => {
            page.push_str("<dl>\n");
            for (name, value) in facts {
                let _ = writeln!(page, "<dt>{}</dt><dd>{}</dd>", escape(name), escape(value));
            }
            page.push_str("</dl>\n");
        }
        Block::Table(table) => write_table(page, table),
        Block::Chart(chart) => write_chart(page, chart),
        Block::Bytes(text) => {
            let shown: Vec<String> = lines(text).map(|text| escape(&text)).collect();
            let _ = writeln!(page, "<pre>{}</pre>", shown.join("\n"));
        }
        Block::References(references) => write_references(page, references),
    }
}

fn write_table(page: &mut String, table: &Table) {
    page.push_str("<table>\n<thead><tr>");
    for column in &table.columns {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escape(&column.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for cell in row {
            let _ = write!(page, "<td>{}</td>", cell_text(cell));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn cell_text(cell: &Cell) -> String {
    let text = escape(&cell.text);
    let text = match cell.color {
        Some(color) => format!("<span style=\"color:{}\">{text}</span>", color.hex()),
        None => text,
    };
    linked(&cell.url, text)
}

fn linked(url: &str, text: String) -> String {
    match address(url) {
        Some(url) => format!("<a href=\"{}\">{text}</a>", escape(url)),
        None => text,
    }
}

fn write_references(page: &mut String, references: &[Reference]) {
    page.push_str("<ol>\n");
    for (at, reference) in references.iter().enumerate() {
        let key = linked(
            &reference.url,
            format!("<code>{}</code>", escape(&reference.key)),
        );
        let text = escape(&reference.text);
        let _ = writeln!(page, "<li id=\"ref-{}\">{key} {text}</li>", at + 1);
    }
    page.push_str("</ol>\n");
}

fn cites(item: &Line) -> String {
    if item.cites.is_empty() {
        return String::new();
    }
    let to = |number: usize| format!("<a href=\"#ref-{number}\">{number}</a>");
    let runs: Vec<String> = item
        .cites
        .iter()
        .map(|(start, end)| {
            if start == end {
                to(*start)
            } else {
                format!("{}–{}", to(*start), to(*end))
            }
        })
        .collect();
    format!(" <span class=\"cites\">[{}]</span>", runs.join(", "))
}

fn write_chart(page: &mut String, chart: &Chart) {
    let drawing = draw(chart);
    let _ = writeln!(
        page,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" viewBox=\"0 0 {WIDTH} {:.0}\" width=\"{WIDTH}\" font-family=\"system-ui, sans-serif\">",
        escape(&words(chart)),
        drawing.height,
    );
    for shape in &drawing.shapes {
        write_shape(page, shape);
    }
    page.push_str("</svg>\n");
}

fn write_shape(page: &mut String, shape: &Shape) {
    match shape {
        Shape::Rect {
            x,
            y,
            width,
            height,
            color,
        } => {
            let _ = writeln!(
                page,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{}\"/>",
                color.hex()
            );
        }
        Shape::Text {
            x,
            y,
            size,
            anchor,
            bold,
            color,
            text,
        } => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let weight = if *bold { "600" } else { "400" };
            let _ = writeln!(
                page,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" text-anchor=\"{anchor}\" fill=\"{}\">{}</text>",
                color.hex(),
                escape(text)
            );
        }
    }
}

/// Text in an element or an attribute in double quotes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in line(text).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::{
        logo::Logo,
        model::{Bars, Block, Brand, Cell, Chart, Column, Line, Paper, Reference, Rgb, Table},
    };

    fn with(foreign: &str) -> String {
        let owned = || foreign.to_owned();
        html(&Paper {
            brand: Brand {
                name: owned(),
                color: Rgb(1, 2, 3),
                footer: owned(),
                logo: None,
            },
            title: owned(),
            blocks: vec![
                Block::Heading(owned()),
                Block::Paragraph(owned()),
                Block::Bullets(vec![Line {
                    text: owned(),
                    cites: vec![(1, 3), (5, 5)],
                }]),
                Block::Facts(vec![(owned(), owned())]),
                Block::Table(Table {
                    columns: vec![Column::new(foreign, 1)],
                    rows: vec![vec![Cell {
                        text: owned(),
                        url: owned(),
                        color: None,
                    }]],
                }),
                Block::Chart(Chart::Bars(Bars {
                    title: owned(),
                    bars: vec![(owned(), 1, Rgb(1, 2, 3))],
                })),
                Block::Bytes(owned()),
                Block::References(vec![Reference {
                    key: owned(),
                    url: owned(),
                    text: owned(),
                }]),
            ],
        })
    }

    #[test]
    fn foreign_text_is_escaped_wherever_it_stands() {
        let page = with("<script>x</script>\" onclick=\"y' <img src=z> javascript:z");
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains("\" onclick")
        );
        assert!(!page.contains("href=\"javascript"), "{page}");
        // Name, title twice, foot; heading, paragraph, bullet, two of a fact, head and cell, four of
        // the drawing, bytes, two of a reference.
        assert_eq!(page.matches("&lt;script&gt;").count(), 18);
    }

    #[test]
    fn a_logo_travels_inside_the_page_and_opens_it_to_nothing_else() {
        let bare = html(&Paper::default());
        assert!(!bare.contains("img-src") && !bare.contains("<img"));
        let brand = Brand {
            logo: Some(Logo::kept(b"a file of our own".to_vec(), 40, 20)),
            ..Brand::default()
        };
        let page = html(&Paper {
            brand,
            ..Paper::default()
        });
        assert!(page.contains("default-src 'none'; style-src 'unsafe-inline'; img-src data:\""));
        let image =
            "width=\"40\" height=\"20\" src=\"data:image/png;base64,YSBmaWxlIG9mIG91ciBvd24=\"";
        assert!(page.contains(image), "{page}");
    }

    #[test]
    fn citations_lead_to_their_references() {
        let page = with("x");
        assert!(page.contains("<a href=\"#ref-1\">1</a>–<a href=\"#ref-3\">3</a>"));
        assert!(page.contains("<a href=\"#ref-5\">5</a>") && page.contains("id=\"ref-1\""));
    }
}
