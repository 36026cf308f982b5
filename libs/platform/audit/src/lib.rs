//! Append-only record of who did what, written in the transaction of the deed.
//!
//! The table is per schema (`migrations/README.md`); the database lets a service insert and read
//! it and nothing else, so that no code path can change what was recorded. The same transaction
//! says `audit.recorded`; results appends that to the organization's hash chain, which is what
//! people read, export and check (docs/contracts/audit.md).

mod record;

pub use record::{Deed, Record, record};
