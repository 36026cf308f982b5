//! What can go wrong while a document is drawn: never because of what its texts hold.

use wt_fault::{Fault, Kind};

/// A document that could not be drawn: a bug here, or in a font that ships with the program.
#[derive(Debug, thiserror::Error)]
pub enum PaperFault {
    /// A font of the program can't be read.
    #[error("a font can't be read")]
    Font,
    /// The PDF could not be written.
    #[error("the PDF can't be written: {reason}")]
    Unwritable {
        /// As the library says.
        reason: String,
    },
}

impl Fault for PaperFault {
    fn kind(&self) -> Kind {
        Kind::Internal
    }

    fn code(&self) -> &'static str {
        "paper.unwritable"
    }
}
