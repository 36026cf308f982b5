//! Budgets, lines, pauses and turns shared by every process, in Redis.
//!
//! Time is the Redis server's, so that processes with different clocks share one budget. What to
//! do when Redis is away is the caller's decision, made explicit by [`ThrottleFault::Away`].

mod backoff;
mod bucket;
mod line;
mod single_flight;

pub use backoff::Backoff;
pub use bucket::{Budget, Standing, Standings, Throttle, ThrottleArgs, ThrottleFault, Verdict};
pub use line::{HOLD_MAX, Turn, Wanted};
pub use single_flight::Flight;
