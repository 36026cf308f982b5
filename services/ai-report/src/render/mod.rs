//! The forms a report comes in.

pub(crate) mod html;
pub(crate) mod markdown;
