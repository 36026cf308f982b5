//! Puts the blocks of a document on pages.

use super::{
    metrics::{Face, Metrics},
    sheet::{BOTTOM, Goal, Item, Link, MARGIN, Sheet, WIDTH},
    wrap::{Style, chop, wrap},
};
use crate::{
    chart::{Anchor, Shape, draw},
    inert::{address, line, lines},
    logo::Logo,
    model::{Block, Chart, Line, Paper, Reference, Rgb, Table},
};

const BODY: Style = Style::new(Face::Regular, 9.5);
const LABEL: Style = Style::new(Face::Bold, 9.5);
const TITLE: Style = Style::new(Face::Bold, 19.0);
const HEADING: Style = Style::new(Face::Bold, 12.5);
const CELL: Style = Style::new(Face::Regular, 7.5);
const HEAD: Style = Style::new(Face::Bold, 7.5);
const MONO: Style = Style::new(Face::Mono, 7.5);
const NOTE: Style = Style::new(Face::Regular, 8.0);
/// Width of text.
const ROOM: f32 = WIDTH - 2.0 * MARGIN;
/// Most lines of a sentence: 300 words, more than a page is no sentence.
const LINES_MAX: usize = 50;
/// Most lines of a cell, so that a row always fits on a page.
const CELL_LINES_MAX: usize = 24;
/// Room for a logo: two lines of a title high.
const LOGO_WIDTH: f32 = 150.0;
/// As above.
const LOGO_HEIGHT: f32 = 36.0;
/// Between the cells of a row and around them.
const PAD: f32 = 3.5;

/// Pixels of a screen in points; there are thousands at most.
fn points(pixels: u32) -> f32 {
    f32::from(u16::try_from(pixels).unwrap_or(u16::MAX)) * 0.75
}

/// Lays the document out.
pub(crate) fn sheets(metrics: &Metrics, paper: &Paper) -> Vec<Sheet> {
    let mut flow = Flow {
        metrics,
        color: paper.brand.color,
        sheets: Vec::new(),
        sheet: Sheet::default(),
        y: MARGIN,
    };
    if let Some(logo) = &paper.brand.logo {
        flow.logo(logo);
    }
    flow.text(LABEL, paper.brand.color, &paper.brand.name, 0.0, ROOM);
    flow.text(TITLE, Rgb::INK, &paper.title, 0.0, ROOM);
    flow.y += 6.0;
    for block in &paper.blocks {
        flow.block(block);
    }
    flow.turn();
    flow.sheets
}

/// The page that is being filled and those that are full.
pub(super) struct Flow<'a> {
    pub(super) metrics: &'a Metrics,
    color: Rgb,
    sheets: Vec<Sheet>,
    pub(super) sheet: Sheet,
    /// Where the next thing begins.
    pub(super) y: f32,
}

impl Flow<'_> {
    /// As large as fits, and never larger than its pixels are on a screen.
    fn logo(&mut self, logo: &Logo) {
        let (width, height) = logo.size();
        let (width, height) = (points(width), points(height));
        let scale = (LOGO_WIDTH / width).min(LOGO_HEIGHT / height).min(1.0);
        let (width, height) = (width * scale, height * scale);
        self.sheet.items.push(Item::Logo {
            x: MARGIN,
            y: self.y,
            width,
            height,
        });
        self.y += height + 6.0;
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(text) => self.heading(text),
            Block::Paragraph(text) => {
                self.text(BODY, Rgb::INK, text, 0.0, ROOM);
                self.y += 5.0;
            }
            Block::Bullets(items) => {
                for item in items {
                    self.bullet(item);
                }
                self.y += 4.0;
            }
            Block::Facts(facts) => self.facts(facts),
            Block::Table(table) => self.table(table),
            Block::Chart(chart) => self.chart(chart),
            Block::Bytes(bytes) => self.bytes(bytes),
            Block::References(references) => self.references(references),
        }
    }

    /// Begins the next page.
    fn turn(&mut self) {
        self.sheets.push(std::mem::take(&mut self.sheet));
        self.y = MARGIN;
    }

    /// Makes sure that something of this height fits; true when that took a new page.
    fn need(&mut self, height: f32) -> bool {
        let full = self.y + height > BOTTOM && self.y > MARGIN;
        if full {
            self.turn();
        }
        full
    }

    /// One line at the present height, without going on to the next.
    fn put(&mut self, style: Style, color: Rgb, x: f32, text: String) {
        let y = self.y + style.size;
        self.sheet.items.push(Item::Text {
            x,
            y,
            style,
            color,
            text,
        });
    }

    fn rect(&mut self, y: f32, height: f32, color: Rgb) {
        self.sheet.items.push(Item::Rect {
            x: MARGIN,
            y,
            width: ROOM,
            height,
            color,
        });
    }

    /// A text of several lines, `indent` from the margin.
    fn text(&mut self, style: Style, color: Rgb, text: &str, indent: f32, width: f32) {
        for shown in wrap(self.metrics, style, &line(text), width, LINES_MAX) {
            self.need(style.leading());
            self.put(style, color, MARGIN + indent, shown);
            self.y += style.leading();
        }
    }

    fn heading(&mut self, text: &str) {
        self.y += 10.0;
        // Not alone at the foot of a page.
        self.need(HEADING.leading() + 4.0 * BODY.leading());
        self.sheet.headings.push((line(text), self.y));
        self.text(HEADING, self.color, text, 0.0, ROOM);
        self.rect(self.y + 1.0, 0.7, Rgb::RULE);
        self.y += 7.0;
    }

    fn bullet(&mut self, item: &Line) {
        let mut said = item.text.clone();
        if !item.cites.is_empty() {
            said.push(' ');
            said.push_str(&cites(&item.cites));
        }
        self.need(BODY.leading());
        self.put(BODY, Rgb::MUTED, MARGIN + 2.0, "•".to_owned());
        let (top, page) = (self.y, self.sheets.len());
        self.text(BODY, Rgb::INK, &said, 12.0, ROOM - 12.0);
        if let (Some((first, _)), true) = (item.cites.first(), page == self.sheets.len()) {
            self.sheet.links.push(Link {
                x: MARGIN,
                y: top,
                width: ROOM,
                height: self.y - top,
                goal: Goal::Reference(*first),
            });
        }
        self.y += 2.0;
    }

    fn facts(&mut self, facts: &[(String, String)]) {
        const NAME: f32 = 125.0;
        for (name, value) in facts {
            let name = wrap(self.metrics, LABEL, &line(name), NAME - 8.0, 2);
            self.need(2.0 * LABEL.leading());
            let (top, page) = (self.y, self.sheets.len());
            for shown in name {
                self.put(LABEL, Rgb::MUTED, MARGIN, shown);
                self.y += LABEL.leading();
            }
            let under = std::mem::replace(&mut self.y, top);
            self.text(BODY, Rgb::INK, value, NAME, ROOM - NAME);
            if page == self.sheets.len() {
                self.y = self.y.max(under);
            }
            self.y += 1.5;
        }
        self.y += 4.0;
    }

    fn chart(&mut self, chart: &Chart) {
        let drawing = draw(chart);
        self.need(drawing.height + 8.0);
        for shape in drawing.shapes {
            let item = match shape {
                Shape::Rect {
                    x,
                    y,
                    width,
                    height,
                    color,
                } => Item::Rect {
                    x: MARGIN + x,
                    y: self.y + y,
                    width,
                    height,
                    color,
                },
                Shape::Text {
                    x,
                    y,
                    size,
                    anchor,
                    bold,
                    color,
                    text,
                } => {
                    let face = if bold { Face::Bold } else { Face::Regular };
                    let text = line(&text);
                    let wide = self.metrics.width(face, size, &text);
                    let left = match anchor {
                        Anchor::Start => x,
                        Anchor::Middle => x - wide / 2.0,
                        Anchor::End => x - wide,
                    };
                    Item::Text {
                        x: MARGIN + left,
                        y: self.y + y,
                        style: Style { face, size },
                        color,
                        text,
                    }
                }
            };
            self.sheet.items.push(item);
        }
        self.y += drawing.height + 8.0;
    }

    fn bytes(&mut self, bytes: &str) {
        for text in lines(bytes) {
            for shown in chop(self.metrics, MONO, &text, ROOM - 2.0 * PAD) {
                self.need(MONO.leading());
                self.rect(self.y, MONO.leading() + 0.2, Rgb::TINT);
                self.put(MONO, Rgb::INK, MARGIN + PAD, shown);
                self.y += MONO.leading();
            }
        }
        self.y += 6.0;
    }

    fn references(&mut self, references: &[Reference]) {
        for (at, reference) in references.iter().enumerate() {
            let number = at + 1;
            let said = format!("{} {}", reference.key, reference.text);
            self.need(2.0 * NOTE.leading());
            self.sheet.references.push((number, self.y));
            self.put(NOTE, Rgb::MUTED, MARGIN, format!("{number}."));
            let (top, page) = (self.y, self.sheets.len());
            self.text(NOTE, Rgb::INK, &said, 30.0, ROOM - 30.0);
            if page == self.sheets.len() {
                self.link(&reference.url, MARGIN, top, ROOM);
            }
        }
        self.y += 4.0;
    }

    /// Makes what lies between `top` and the present height lead to an address of our own.
    fn link(&mut self, url: &str, x: f32, top: f32, width: f32) {
        if let Some(url) = address(url).filter(|url| url.starts_with("http")) {
            self.sheet.links.push(Link {
                x,
                y: top,
                width,
                height: self.y - top,
                goal: Goal::Address(url.to_owned()),
            });
        }
    }

    fn table(&mut self, table: &Table) {
        let widths = widths(table);
        self.head(table, &widths);
        for row in &table.rows {
            let cells: Vec<Vec<String>> = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| {
                    wrap(
                        self.metrics,
                        CELL,
                        &line(&cell.text),
                        width - 2.0 * PAD,
                        CELL_LINES_MAX,
                    )
                })
                .collect();
            let tallest = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
            let height = CELL.leading() * f32::from(u16::try_from(tallest).unwrap_or(1)) + PAD;
            if self.need(height) {
                self.head(table, &widths);
            }
            let (top, mut x) = (self.y, MARGIN);
            for ((shown, cell), width) in cells.into_iter().zip(row).zip(&widths) {
                self.y = top + PAD / 2.0;
                let linked = address(&cell.url).is_some();
                let color = cell
                    .color
                    .unwrap_or(if linked { self.color } else { Rgb::INK });
                for text in shown {
                    self.put(CELL, color, x + PAD, text);
                    self.y += CELL.leading();
                }
                self.link(&cell.url, x, top, *width);
                x += width;
            }
            self.y = top + height;
            self.rect(self.y, 0.5, Rgb::RULE);
            self.y += 0.5;
        }
        self.y += 8.0;
    }

    fn head(&mut self, table: &Table, widths: &[f32]) {
        let height = HEAD.leading() + 2.0 * PAD;
        // Not without a row below it.
        self.need(height + 3.0 * CELL.leading());
        self.rect(self.y, height, Rgb::TINT);
        let (top, mut x) = (self.y, MARGIN);
        self.y = top + PAD;
        for (column, width) in table.columns.iter().zip(widths) {
            let shown = wrap(
                self.metrics,
                HEAD,
                &line(&column.title),
                width - 2.0 * PAD,
                1,
            );
            if let Some(text) = shown.into_iter().next() {
                self.put(HEAD, Rgb::INK, x + PAD, text);
            }
            x += width;
        }
        self.y = top + height;
    }
}

fn widths(table: &Table) -> Vec<f32> {
    let all: f32 = table
        .columns
        .iter()
        .map(|column| f32::from(column.share))
        .sum();
    table
        .columns
        .iter()
        .map(|column| ROOM * f32::from(column.share) / all.max(1.0))
        .collect()
}

fn cites(runs: &[(usize, usize)]) -> String {
    let runs: Vec<String> = runs
        .iter()
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}–{end}")
            }
        })
        .collect();
    format!("[{}]", runs.join(", "))
}
