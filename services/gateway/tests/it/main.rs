//! The gateway through its real door, with scripted services behind it.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test takes for granted is asserted"
)]

mod api_keys;
mod audit;
mod contract;
mod denials;
mod gateway;
mod impersonation;
mod limits;
mod lists;
mod people;
mod plans;
mod refusals;
mod sessions;
mod upstream;
mod web_app;
