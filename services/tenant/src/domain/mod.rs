//! This service's pure decisions.

pub(crate) mod email;
pub(crate) mod name;
pub(crate) mod password;
pub(crate) mod session;
