//! The operator's voice: an error and everything behind it.
use std::{error::Error, fmt::Write};

/// The error's sentence and each source behind it, joined by `: `.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // Writing to a String cannot fail.
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
