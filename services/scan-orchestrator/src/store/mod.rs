//! Every SQL statement of this service, one file a subject.

pub(crate) mod attempt;
pub(crate) mod ending;
pub(crate) mod exclusion;
pub(crate) mod job;
pub(crate) mod operations;
pub(crate) mod pool;
pub(crate) mod rerun;
pub(crate) mod run;
pub(crate) mod schedule;
pub(crate) mod silence;
pub(crate) mod transition;
pub(crate) mod window;
pub(crate) mod withdrawal;
