//! This service's pure decisions: no clock, no randomness, no I/O.

pub(crate) mod challenge;
pub(crate) mod expiry;
pub(crate) mod verification;
