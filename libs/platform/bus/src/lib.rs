//! News between services: JetStream streams, durable consumers, dead letters, requests.
//!
//! **Invariant**: Postgres decides and the bus carries (docs/decisions/0001): losing everything
//! the broker holds loses no scan. **Boundary**: no service names `async_nats`; only this crate
//! turns bytes from the bus into an envelope with a checked tenant and principal.

mod args;
mod backlog;
mod connect;
mod consumer;
mod dead_letter;
mod delivery;
mod envelope;
mod fault;
mod publish;
mod request;
mod streams;

pub use args::BusArgs;
pub use backlog::Backlog;
pub use connect::Bus;
pub use consumer::consume;
pub use dead_letter::DeadLetter;
pub use delivery::{Delivery, Handler, Outcome};
pub use envelope::{InvalidEnvelope, envelope_for, open_envelope};
pub use fault::BusFault;
pub use request::{Subscription, respond};
