//! The consumers of this service.

pub(crate) mod report_requested;
