//! The results service through its real doors: bus, gRPC, Postgres.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]

mod api;
mod audit;
mod ingest;
mod isolation;
mod room;
mod withdrawal;
