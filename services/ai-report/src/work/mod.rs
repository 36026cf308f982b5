//! Reconcilers: no input, idempotent, woken by a signal and by a timer.

mod gather;
pub(crate) mod keep_schedules;
pub(crate) mod write_reports;
