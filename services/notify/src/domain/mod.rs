//! What this service decides without asking anybody: no I/O, no clock.

pub(crate) mod address;
pub(crate) mod digest;
pub(crate) mod integration;
pub(crate) mod issue;
pub(crate) mod letter;
pub(crate) mod line;
pub(crate) mod message_id;
pub(crate) mod retry;
pub(crate) mod settings;
pub(crate) mod signature;
pub(crate) mod slack;
pub(crate) mod ticket;
pub(crate) mod tracker;
pub(crate) mod webhook;
