//! Why a whole file is refused.
use wt_fault::{Fault, Kind};

use crate::{FILE_BYTES_MAX, FINDINGS_MAX};

/// A file that can't be taken, not even in part.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImportFault {
    /// It is not of the format.
    #[error("the file can't be read at line {line}: {reason}")]
    Unreadable {
        /// Where, counted from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// Longer than any file that is taken.
    #[error("the file is larger than {FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// More findings than one transaction takes.
    #[error("the file holds more than {FINDINGS_MAX} findings")]
    TooMany,
}

impl Fault for ImportFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { .. } => Kind::Invalid,
            Self::TooLarge | Self::TooMany => Kind::TooLarge,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "import.unreadable",
            Self::TooLarge => "import.too_large",
            Self::TooMany => "import.too_many",
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "say which tool wrote it, or write it again",
            Self::TooLarge | Self::TooMany => "import it in parts",
        }
    }
}
