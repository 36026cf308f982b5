//! Real peers for tests: Postgres, NATS, Redis, SMTP, targets.
pub mod fleet;
mod skip;

pub use self::skip::{SKIPS_FILE, skip};
