//! The service through its real doors: gRPC in, bus in and out.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

mod calls;
mod cancel;
mod checkpoints;
mod exclusions;
mod fence;
mod fixture;
mod isolation;
mod letters;
mod losses;
mod operations;
mod plan;
mod pools;
mod request;
mod rerun;
mod revoke;
mod schedules;
mod staff;
mod windows;
