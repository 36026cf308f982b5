//! The fleet as binaries, end to end.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON field that is missing reads as null, and a test may panic"
)]
mod bad_input;
mod denials;
mod first_finding;
mod harness;
mod isolation;
mod late_result;
mod lost_worker;
mod matrix;
mod one_trace;
mod restarts;
