//! Injected, validated, redacted settings (docs/style.md, configuration).
//!
//! Every platform library owns a clap `Args` section; a service composes them and cross-checks.
//! This is the only library that looks at the environment, and only through clap.

mod duration;
mod parse;
mod secret;
mod size;

pub use duration::{InvalidDuration, parse_duration};
pub use parse::{Exit, Settings, parse, parse_from};
pub use secret::Secret;
pub use size::{InvalidSize, parse_size};

/// Exit code of a process whose configuration is wrong (`EX_USAGE`, sysexits.h).
pub const EXIT_CONFIG: u8 = 64;

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct ConfigFault {
    /// The setting, as the operator writes it.
    pub setting: &'static str,
    /// What is wrong with it.
    pub reason: String,
}

impl ConfigFault {
    /// Names the setting and what is wrong with it.
    pub fn new(setting: &'static str, reason: impl std::fmt::Display) -> Self {
        Self {
            setting,
            reason: reason.to_string(),
        }
    }
}
