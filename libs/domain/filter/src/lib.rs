//! The one grammar in which the API, the command line and the web narrow lists:
//! `severity>=high state:new,changed asset:*.example.com since:7d`.
//!
//! A filter is read once, becomes its canonical text again ([`Filter`]'s `Display`), and says of
//! a row whether it fits ([`Filter::fits`]): what a statement in SQL must do is what `fits` does.
//! Pure: the present moment is an argument. docs/guides/filters.md is the user's page.

mod fault;
mod filter;
mod glob;
mod parse;
mod since;
mod value;

pub use fault::FilterFault;
pub use filter::{Filter, Row, Side};
pub use glob::Glob;
pub use since::Since;
pub use value::{Clocked, Decided, Place, Ports, Scores, Tagged, What};

/// Longest filter, in bytes: more than anybody types, less than a request line may hold.
pub const FILTER_BYTES_MAX: usize = 1_024;

/// Most values after one colon.
pub const VALUES_MAX: usize = 50;
