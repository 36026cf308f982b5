//! Why a command failed, and the exit code scripts read (deploy.md §2): broken and vulnerable are
//! never the same code.
use serde_json::Value;

use crate::output::safe;

/// Something went wrong that is nobody's decision.
const UNEXPECTED: u8 = 1;
/// The command line or the request is wrong.
pub(crate) const USAGE: u8 = 2;
/// Not signed in, or not allowed.
const AUTH: u8 = 3;
/// A scan ended without looking at everything.
const INCOMPLETE: u8 = 4;
/// It took longer than asked.
const TIMED_OUT: u8 = 5;
/// Ctrl-C.
const INTERRUPTED: u8 = 130;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliFault {
    /// The API refused.
    #[error("{0}")]
    Refused(Refusal),
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// Nobody is signed in.
    #[error("you are not signed in: run `watchtower login`, or set WATCHTOWER_TOKEN")]
    NotSignedIn,
    /// A scan ended otherwise than completed.
    #[error("{0}")]
    Incomplete(String),
    /// It took longer than asked.
    #[error("{0}")]
    TimedOut(String),
    /// Ctrl-C.
    #[error("{0}")]
    Interrupted(String),
    /// Anything else.
    #[error("{0}")]
    Unexpected(String),
}

/// A problem document, in short.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    document: Value,
}

impl Refusal {
    /// From an answer's status and body, which may come from a proxy in between.
    pub(crate) fn new(status: u16, body: &[u8]) -> Self {
        Self {
            status,
            document: serde_json::from_slice(body).unwrap_or_default(),
        }
    }

    /// The permanent code.
    pub(crate) fn code(&self) -> &str {
        self.text("code")
    }

    fn text(&self, name: &str) -> &str {
        self.document
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let detail = self.text("detail");
        if detail.is_empty() {
            write!(f, "the server answered {}", self.status)?;
        } else {
            f.write_str(&safe(detail))?;
        }
        let fields = self.document.get("fields").and_then(Value::as_array);
        for field in fields.into_iter().flatten() {
            let part = |name| safe(field.get(name).and_then(Value::as_str).unwrap_or_default());
            let (name, reason) = (part("field"), part("reason"));
            if !name.is_empty() && !detail.contains(&name) {
                write!(f, "\n  {name}: {reason}")?;
            }
        }
        if !self.text("advice").is_empty() {
            write!(f, "\n  {}", safe(self.text("advice")))?;
        }
        if !self.text("code").is_empty() {
            write!(
                f,
                "\n  ({}, request {})",
                safe(self.text("code")),
                safe(self.text("request_id"))
            )?;
        }
        Ok(())
    }
}

impl CliFault {
    /// Wraps what nobody expected.
    pub(crate) fn unexpected(error: impl std::error::Error) -> Self {
        Self::Unexpected(wt_fault::chain(&error))
    }

    /// The exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Refused(refusal) => match refusal.status {
                401 | 403 => AUTH,
                400 | 413 | 415 | 422 => USAGE,
                _ => UNEXPECTED,
            },
            Self::Usage(_) => USAGE,
            Self::NotSignedIn => AUTH,
            Self::Incomplete(_) => INCOMPLETE,
            Self::TimedOut(_) => TIMED_OUT,
            Self::Interrupted(_) => INTERRUPTED,
            Self::Unexpected(_) => UNEXPECTED,
        }
    }

    /// What stderr shows.
    pub(crate) fn to_text(&self) -> String {
        format!("error: {self}")
    }
}

impl From<reqwest::Error> for CliFault {
    fn from(error: reqwest::Error) -> Self {
        // The address may carry nothing secret, but a line is enough.
        Self::Unexpected(format!(
            "cannot talk to the server: {}",
            wt_fault::chain(&error.without_url())
        ))
    }
}
