//! The worker at its real door: a broker, signed jobs, local targets.

mod cancel;
mod checkpoints;
mod jobs;
mod refusals;
mod support;
mod windows;
