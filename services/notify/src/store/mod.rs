//! Every SQL statement of this service, by entity.

pub(crate) mod delivery;
pub(crate) mod letter;
pub(crate) mod notice;
pub(crate) mod settings;
