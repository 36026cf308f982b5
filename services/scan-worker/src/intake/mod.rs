//! Between the bus and the engine: is this job genuine, may it run, is it still wanted?

mod cancel;
mod claim;
mod verify;

pub(crate) use cancel::{Cancels, hear_cancels};
pub(crate) use claim::{Claim, claim};
pub(crate) use verify::{Refusal, VerifiedJob, verify_job};
