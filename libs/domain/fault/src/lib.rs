//! Errors with a closed kind, a permanent code and two voices (docs/decisions/0003).
//!
//! `Display` of a fault is the user's sentence and never contains its source; the operator
//! reads the chain behind `source()`, once, at the boundary that handles it.

mod chain;
mod fault;
mod kind;

pub use chain::chain;
pub use fault::{Fault, FieldFault, Report};
pub use kind::Kind;
