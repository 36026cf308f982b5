//! The service through its real doors.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that fails is a test that fails"
)]

mod branding;
mod downloads;
mod feedback;
mod fixture;
mod reports;
mod schedules;
mod shares;
mod standing;
