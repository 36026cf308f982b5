//! The asset registry through its real door, with a database, a broker and owners' web servers.
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

mod fixture;
mod plan;
mod tags;
