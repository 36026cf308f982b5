//! Append-only record of who did what, written in the transaction of the deed.
//!
//! The table is per schema (`migrations/README.md`); the database lets a service insert and read
//! it and nothing else, so that no code path can change what was recorded.

mod record;

pub use record::record;
