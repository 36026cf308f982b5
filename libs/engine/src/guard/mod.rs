//! The scope guard: the only place of the engine that opens sockets.
//!
//! Every connection passes `Guard::permit` for the address it goes to, after names were resolved
//! once per job by the guard's own resolver. Refusals are recorded as scope denials. Proxy
//! variables and the system's resolver are never read.

mod ask;
mod backoff;
mod connect;
mod cursor;
mod deny;
mod latency;
mod pace;
mod resolve;
mod slot;
mod sweep;
mod transfer;
mod zone;

use hickory_resolver::proto::{op::Message, rr::Name};

pub use resolve::ResolverSetting;
pub use sweep::{SweepReport, sweep_ports};

pub(crate) use ask::{NameAnswer, Unanswered};
pub(crate) use backoff::Trouble;
pub(crate) use connect::{Guard, GuardSetting, Peer, ResolveFailure};
pub(crate) use latency::Timing;
pub(crate) use pace::Lines;
pub(crate) use resolve::{NameFailure, Names};
pub(crate) use sweep::{PortState, SweepTarget};
pub(crate) use transfer::Transfer;

/// Reads what a name server says to a question, as whoever asks it does.
pub(crate) fn read_answer(question: &Message, name: &Name, heard: &[u8]) {
    if let Some(answer) = ask::answer_to(question, heard) {
        let _ = zone::word_of(&answer, question.metadata.id, name);
        let _ = transfer::is_zone(&answer.answers);
    }
}
