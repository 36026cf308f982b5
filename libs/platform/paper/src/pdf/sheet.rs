//! A page whose parts have their places, in points from its upper left corner.

use super::wrap::Style;
use crate::model::Rgb;

/// A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
/// A4, in points.
pub(crate) const HEIGHT: f32 = 841.89;
/// Blank at each side.
pub(crate) const MARGIN: f32 = 50.0;
/// Where text has to end: below is the foot.
pub(crate) const BOTTOM: f32 = HEIGHT - 62.0;

/// A part of a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item {
    Rect {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        color: Rgb,
    },
    /// The document's logo.
    Logo {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
    },
    /// `y` is the line letters stand on.
    Text {
        x: f32,
        y: f32,
        style: Style,
        color: Rgb,
        text: String,
    },
}

/// Where a click leads.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Goal {
    /// An address of our own.
    Address(String),
    /// A reference of this document, by number.
    Reference(usize),
}

/// A part of a page that can be clicked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Link {
    pub(crate) x: f32,
    pub(crate) y: f32,
    pub(crate) width: f32,
    pub(crate) height: f32,
    pub(crate) goal: Goal,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sheet {
    pub(crate) items: Vec<Item>,
    pub(crate) links: Vec<Link>,
    /// Headings and the heights they stand at, for the list at the reader's side.
    pub(crate) headings: Vec<(String, f32)>,
    /// Numbers of references and the heights they stand at.
    pub(crate) references: Vec<(usize, f32)>,
}
