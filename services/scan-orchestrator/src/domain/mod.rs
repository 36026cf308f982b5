//! This service's pure decisions: no clock, no randomness, no I/O.

pub(crate) mod deadline;
pub(crate) mod end;
pub(crate) mod exclusion;
pub(crate) mod letter;
pub(crate) mod plan;
pub(crate) mod pool;
pub(crate) mod rerun;
pub(crate) mod stuck;
pub(crate) mod window;
