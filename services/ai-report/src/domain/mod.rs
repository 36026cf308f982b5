//! What this service decides without asking anybody: no I/O, no clock.

pub(crate) mod branding;
pub(crate) mod facts;
pub(crate) mod feedback;
pub(crate) mod form;
pub(crate) mod outline;
pub(crate) mod plain;
pub(crate) mod retry;
pub(crate) mod share;
pub(crate) mod standing;
pub(crate) mod subject;
pub(crate) mod ticket;
