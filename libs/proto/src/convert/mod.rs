//! Between wire messages and the domain's types; a bad field names itself.

mod fault;
mod job;
mod principal;
mod result;
mod time;

pub use fault::{from_wire as fault_from_wire, to_wire as fault_to_wire};
pub use job::{JOB_PAYLOAD_TYPE, job_envelope_from_wire, job_envelope_to_wire};
pub use result::{report_from_wire, report_to_wire};
pub use time::{from_timestamp, to_timestamp};

/// A message that does not say what its contract requires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct InvalidMessage {
    /// Path of the field.
    pub field: String,
    /// What is wrong with it.
    pub reason: String,
}

impl InvalidMessage {
    /// Names the field and what is wrong with it.
    pub fn new(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self {
            field: field.into(),
            reason: reason.to_string(),
        }
    }
}

/// Parses one textual field, naming it when it is wrong.
pub fn parse<T>(field: &str, text: &str) -> Result<T, InvalidMessage>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error| InvalidMessage::new(field, error))
}
