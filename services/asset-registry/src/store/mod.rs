//! Every SQL statement of this service, one function each.

pub(crate) mod asset;
pub(crate) mod authorization;
pub(crate) mod challenge;
pub(crate) mod tag;
