//! The tenant service through its real door, with a database and a broker of its own.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod door;
mod master_key;
mod organizations;
mod sessions;
