//! What every error type of the product can say about itself.
use std::time::Duration;

use crate::Kind;

/// A bad field of a request, named as the caller named it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldFault {
    /// Path of the field, such as `assets[3].value`.
    pub field: String,
    /// What is wrong with it, for a person.
    pub reason: String,
}

/// An error with a kind and a code. `Display` is the user's sentence, lower case.
pub trait Fault: std::error::Error {
    /// What the caller can do about it.
    fn kind(&self) -> Kind;

    /// Permanent `area.reason` code, such as `asset.already_registered`.
    fn code(&self) -> &str;

    /// What to do next, for the user; empty when the sentence says it all.
    fn advice(&self) -> &str {
        ""
    }

    /// Which fields of the request are at fault.
    fn fields(&self) -> Vec<FieldFault> {
        Vec::new()
    }

    /// When to try again, for `Kind::Exhausted`.
    fn retry_after(&self) -> Option<Duration> {
        None
    }
}

/// A fault as it crosses the wire: everything a user may see, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Report {
    /// What the caller can do about it.
    pub kind: Kind,
    /// Permanent code.
    pub code: String,
    /// The user's sentence.
    pub message: String,
    /// What to do next.
    pub advice: String,
    /// Fields at fault.
    pub fields: Vec<FieldFault>,
    /// Milliseconds to wait before trying again.
    pub retry_after_ms: Option<u64>,
}

impl Report {
    /// What a user may see of `fault`.
    pub fn of(fault: &(impl Fault + ?Sized)) -> Self {
        Self {
            kind: fault.kind(),
            code: fault.code().to_owned(),
            message: fault.to_string(),
            advice: fault.advice().to_owned(),
            fields: fault.fields(),
            retry_after_ms: fault
                .retry_after()
                .map(|wait| u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report {}

/// A report is a fault too: one that came from another service.
impl Fault for Report {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn code(&self) -> &str {
        &self.code
    }

    fn advice(&self) -> &str {
        &self.advice
    }

    fn fields(&self) -> Vec<FieldFault> {
        self.fields.clone()
    }

    fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(Duration::from_millis)
    }
}
