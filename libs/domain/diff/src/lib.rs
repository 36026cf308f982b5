//! The diff engine: `(state, result) → (state, events)`, and nothing else (contracts §6).
//!
//! Invariants, each a law in `tests/laws.rs`: the same result twice changes nothing; a late
//! result of an older run changes nothing that a newer one looked at, and loses nothing that none
//! disproved; taking coverage away from a run never makes a FIXED;
//! disjoint subjects commute; what a user decided is not part of the state at all.
//! Pure: no I/O, no clock, no randomness, no unordered maps.

mod apply;
mod event;
mod foreign;
mod gone;
mod look;
mod order;
mod state;
mod step;

pub use apply::{Applied, Change, Seen, apply};
pub use event::{Event, event_id};
pub use foreign::{Told, apply_told};
pub use gone::{CheckKind, Verdict, shows_gone};
pub use look::Look;
pub use order::Coverage;
pub use state::{Observed, RunContext, State};
pub use step::{Step, retire, step, withdraw_check};
