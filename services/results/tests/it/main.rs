//! The results service through its real doors: bus, gRPC, Postgres.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]

mod api;
mod audit;
mod crash;
mod filter;
mod ground;
mod ingest;
mod isolation;
mod ledger;
mod random;
mod replay;
mod room;
mod told;
mod withdrawal;
