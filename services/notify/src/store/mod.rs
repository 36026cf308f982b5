//! Every SQL statement of this service, by entity.

pub(crate) mod delivery;
pub(crate) mod integration;
pub(crate) mod integration_delivery;
pub(crate) mod letter;
pub(crate) mod notice;
pub(crate) mod settings;
pub(crate) mod ticket;
