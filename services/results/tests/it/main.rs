//! The results service through its real doors: bus, gRPC, Postgres.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]

mod api;
mod audit;
mod bulk;
mod crash;
mod filter;
mod ground;
mod ingest;
mod isolation;
mod ledger;
mod random;
mod replay;
mod risk;
mod room;
mod sla;
mod told;
mod views;
mod withdrawal;
