//! How long things may take (contracts §2: every state that is not the last has a deadline).

use time::{Duration, OffsetDateTime};

/// Longest one attempt of a job may run; jobs are sharded to take under five minutes.
pub(crate) const ATTEMPT_DEADLINE: Duration = Duration::minutes(15);
/// Attempts of one job: a worker may die twice and the third still counts.
pub(crate) const ATTEMPTS_MAX: u32 = 5;
/// Least time a run is given, however small: queues may be long.
const RUN_BASE: Duration = Duration::hours(2);
/// More time for each job of a run.
const PER_JOB: Duration = Duration::minutes(1);

/// When a run made now fails by itself.
pub(crate) fn run_deadline(now: OffsetDateTime, jobs: usize) -> OffsetDateTime {
    now + RUN_BASE + PER_JOB * i32::try_from(jobs).unwrap_or(i32::MAX)
}
