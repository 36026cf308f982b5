//! A document as a PDF: pages of A4, drawn after everything has its place, so that each page knows
//! how many there are.

mod flow;
mod metrics;
mod paint;
mod sheet;
mod wrap;

use crate::{fault::PaperFault, model::Paper};

/// Writes the file. The same document gives the same bytes: nothing in it tells when it was made.
///
/// # Errors
/// [`PaperFault`]: a bug here, never what a text holds.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>, PaperFault> {
    let metrics = metrics::Metrics::new()?;
    let sheets = flow::sheets(&metrics, paper);
    paint::paint(&metrics, paper, &sheets)
}
