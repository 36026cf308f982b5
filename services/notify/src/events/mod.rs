//! The consumers of this service.

pub(crate) mod report_ready;
pub(crate) mod run_changed;
pub(crate) mod tenant_mail;
