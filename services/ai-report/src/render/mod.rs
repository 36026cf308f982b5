//! From what a report says to the document that is written in every form.

pub(crate) mod paper;
pub(crate) mod standing;
