//! The command itself, run as a user runs it, against a scripted server.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test takes for granted is asserted"
)]

mod account;
mod admin;
mod audit;
mod command;
mod decisions;
mod imports;
mod integrations;
mod packets;
mod people;
mod pools;
mod scans;
mod schedules;
mod server;
mod watch;
