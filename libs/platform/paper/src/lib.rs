//! One document, three forms: Markdown, HTML and PDF.
//!
//! **Invariants**: the three say the same; whatever a text holds, it is text in each of them
//! (escaped, without control and direction-changing characters); nothing is loaded from elsewhere;
//! the same document gives the same bytes. **It never** reads a clock, a file or the network: the
//! fonts of the PDF are part of the program.

mod chart;
mod fault;
mod html;
mod inert;
mod logo;
mod markdown;
mod model;
mod pdf;

pub use fault::PaperFault;
pub use html::html;
pub use logo::{LOGO_BYTES_MAX, Logo, NoLogo};
pub use markdown::markdown;
pub use model::{
    Bars, Block, Brand, Cell, Chart, Column, Columns, Line, Paper, Reference, Rgb, Series, Table,
};
pub use pdf::pdf;
