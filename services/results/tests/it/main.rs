//! The results service through its real doors: bus, gRPC, Postgres.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]

mod api;
mod as_of;
mod audit;
mod bulk;
mod compare;
mod crash;
mod dashboard;
mod filter;
mod flap;
mod graph;
mod ground;
mod imports;
mod ingest;
mod isolation;
mod ledger;
mod ledger_keys;
mod many_hosts;
mod months;
mod old_history;
mod random;
mod replay;
mod retention;
mod reveal;
mod risk;
mod room;
mod sla;
mod told;
mod transparency;
mod trends;
mod views;
mod withdrawal;
