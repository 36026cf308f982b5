//! Reconcilers: no input, idempotent, woken by a signal and by a timer.

pub(crate) mod compose;
mod deeds;
pub(crate) mod deliver;
pub(crate) mod dispatch;
pub(crate) mod post;
mod settle;
mod track;
