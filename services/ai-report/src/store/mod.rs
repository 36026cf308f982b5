//! Every SQL statement of this service, by entity.

pub(crate) mod branding;
pub(crate) mod feedback;
pub(crate) mod logo;
pub(crate) mod report;
pub(crate) mod schedule;
pub(crate) mod share;
