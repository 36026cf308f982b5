//! Budgets shared by every process: token buckets in Redis.
//!
//! Time is the Redis server's, so that processes with different clocks share one budget. What to
//! do when Redis is away is the caller's decision, made explicit by [`Verdict`].

mod bucket;

pub use bucket::{Budget, Throttle, ThrottleArgs, ThrottleFault, Verdict};
