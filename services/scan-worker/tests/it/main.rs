//! The worker at its real door: a broker, signed jobs, local targets.

mod cancel;
mod checkpoints;
mod jobs;
mod pools;
mod refusals;
mod support;
mod windows;
