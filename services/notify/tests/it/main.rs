//! The service through its real doors: bus in, gRPC in, mail out.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

mod deliver;
mod dispatch;
mod fixture;
mod forge;
mod integrations;
mod letters;
mod receiver;
mod report_ready;
mod run_changed;
mod settings;
mod tickets;
