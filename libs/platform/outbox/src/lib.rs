//! State and news leave together: outbox, relay, inbox (contracts §9, promises rule 1).
//!
//! A change and the news of it commit in one transaction ([`enqueue`]); the relay publishes
//! with the row's id as message id and marks the row sent after the bus stored it; a reader
//! records the id in the transaction of its effect ([`first_time`]). Each step may happen again
//! after a crash; together they happen once. Tables: `platform.give_outbox`, migrations/roles.sql.

mod enqueue;
mod inbox;
mod redrive;
mod relay;

pub use enqueue::{News, Speaker, enqueue, enqueue_all, enqueue_as, enqueue_bytes};
pub use inbox::{first_time, first_times};
pub use redrive::resend;
pub use relay::{RelayFault, relay, relay_once};
