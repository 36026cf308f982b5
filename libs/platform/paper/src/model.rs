//! A document before it has a form. Every string in it may be somebody else's.

use crate::logo::Logo;

/// A colour of the screen, 0 to 255 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl Rgb {
    /// Text.
    pub(crate) const INK: Self = Self(0x1c, 0x23, 0x30);
    /// What is said in passing.
    pub(crate) const MUTED: Self = Self(0x5a, 0x63, 0x73);
    /// Lines.
    pub(crate) const RULE: Self = Self(0xd9, 0xdd, 0xe5);
    /// Behind heads of tables and quoted bytes.
    pub(crate) const TINT: Self = Self(0xf3, 0xf5, 0xf8);

    /// As `#rrggbb`.
    pub(crate) fn hex(self) -> String {
        let Self(red, green, blue) = self;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// Whose document it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// Stands above the title.
    pub name: String,
    /// Of name, headings and links; dark enough to be read on white.
    pub color: Rgb,
    /// Stands at the foot of every page.
    pub footer: String,
    /// Stands above the name; Markdown has none.
    pub logo: Option<Logo>,
}

impl Default for Brand {
    fn default() -> Self {
        Self {
            name: "Watchtower".to_owned(),
            color: Rgb(0x1f, 0x5f, 0xbf),
            footer: String::new(),
            logo: None,
        }
    }
}

/// A whole document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paper {
    /// Whose.
    pub brand: Brand,
    /// Heading of it all.
    pub title: String,
    /// In order.
    pub blocks: Vec<Block>,
}

/// A piece of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// Begins a section.
    Heading(String),
    /// Sentences.
    Paragraph(String),
    /// One below the other.
    Bullets(Vec<Line>),
    /// What something is called, and what it is.
    Facts(Vec<(String, String)>),
    /// Rows under a head, which is repeated on every page.
    Table(Table),
    /// A drawing.
    Chart(Chart),
    /// Bytes as they came, in a face where every letter has the same width.
    Bytes(String),
    /// What the numbers in brackets stand for.
    References(Vec<Reference>),
}

/// A sentence, and the references it rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Runs of numbers, both ends included, ascending.
    pub cites: Vec<(usize, usize)>,
}

/// What a number stands for: reference `n` is at `n - 1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Its name: letters, digits and underscores; anything else is left out.
    pub key: String,
    /// Where it can be read, of our own; empty for nowhere.
    pub url: String,
    /// What it is.
    pub text: String,
}

/// Rows under a head.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// From left to right.
    pub columns: Vec<Column>,
    /// One cell for each column; missing ones are empty.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its head.
    pub title: String,
    /// Its share of the width, in parts of the sum of all.
    pub share: u16,
}

impl Column {
    /// A column.
    pub fn new(title: &str, share: u16) -> Self {
        Self {
            title: title.to_owned(),
            share,
        }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// What it says.
    pub text: String,
    /// Where more can be read, of our own; empty for nowhere.
    pub url: String,
    /// Of its text; ink without.
    pub color: Option<Rgb>,
}

impl Cell {
    /// A cell that is only text.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// A drawing, with everything it shows also said in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chart {
    /// Bars that lie.
    Bars(Bars),
    /// Groups of bars that stand, by time.
    Columns(Columns),
}

/// Bars that lie, each with its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bars {
    /// What is shown.
    pub title: String,
    /// Name, number, colour; from top to bottom.
    pub bars: Vec<(String, u64, Rgb)>,
}

/// Groups of bars that stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    /// What is shown.
    pub title: String,
    /// What each group stands for, from left to right.
    pub labels: Vec<String>,
    /// One bar of each in every group.
    pub series: Vec<Series>,
}

/// The bars of one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// What they count.
    pub name: String,
    /// Of the bars.
    pub color: Rgb,
    /// One for each label; missing ones are 0.
    pub values: Vec<u64>,
}
