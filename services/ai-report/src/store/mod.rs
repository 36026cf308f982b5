//! Every SQL statement of this service, by entity.

pub(crate) mod report;
