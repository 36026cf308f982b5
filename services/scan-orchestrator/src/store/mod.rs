//! Every SQL statement of this service, one function each.

pub(crate) mod job;
pub(crate) mod run;
pub(crate) mod transition;
