//! What a line of a file claims, before anybody knows whether we have such an asset or check.
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::text::shown;

/// The check behind a claim, as the file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// One of ours, by its id.
    Ours(&'static str),
    /// An id of the tool's: one of ours, or a template of nuclei's.
    Id {
        /// As written.
        id: String,
        /// Which of its matchers, or what it extracted, where it has several.
        variant: String,
    },
    /// Only a title.
    Title(String),
}

/// One thing a file says is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where in the file: the line, or of one document the number of the result; from 1.
    pub line: usize,
    /// Names it may be known by, the one that was asked for first; addresses come last.
    pub hosts: Vec<String>,
    /// Port; none where the file names none.
    pub port: Option<u16>,
    /// Path and query, where the file names a URL.
    pub path: Option<String>,
    /// The check.
    pub check: Named,
    /// When it was seen, where the file says.
    pub at: Option<OffsetDateTime>,
    /// The part of the line that proves it, without answers, which may hold secrets.
    pub proof: String,
}

impl Claim {
    /// Where it speaks of, for people.
    pub fn subject(&self) -> String {
        let host = self.hosts.first().map_or("", String::as_str);
        let host = if host.contains(':') {
            format!("[{host}]")
        } else {
            host.to_owned()
        };
        let port = self.port.map(|port| format!(":{port}"));
        let path = self.path.as_deref().filter(|path| *path != "/");
        shown(&format!(
            "{host}{}{}",
            port.unwrap_or_default(),
            path.unwrap_or_default()
        ))
    }

    /// The first address it names.
    pub fn address(&self) -> Option<IpAddr> {
        self.hosts.iter().find_map(|host| host.parse().ok())
    }

    pub(crate) fn refused(&self, reason: Reason, detail: impl Into<String>) -> Refused {
        Refused {
            line: self.line,
            reason,
            subject: self.subject(),
            detail: shown(&detail.into()),
        }
    }
}

/// Why a line is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It can't be read.
    Malformed,
    /// No registered and verified asset of the organization holds it.
    OutOfScope,
    /// No check of ours looks for this, so that no scan could ever tell it is gone.
    UnknownCheck,
    /// The file itself says that it is not there, or not to be counted.
    NotOpen,
    /// A scan of ours looked there later, or it is too long ago.
    TooOld,
}

impl Reason {
    /// The word of it, as in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::OutOfScope => "out_of_scope",
            Self::UnknownCheck => "unknown_check",
            Self::NotOpen => "not_open",
            Self::TooOld => "too_old",
        }
    }
}

/// A line that is not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// As [`Claim::line`].
    pub line: usize,
    /// Why.
    pub reason: Reason,
    /// Where it speaks of; foreign text, cut and on one line.
    pub subject: String,
    /// The reason as a sentence.
    pub detail: String,
}

impl Refused {
    pub(crate) fn malformed(line: usize, detail: impl Into<String>) -> Self {
        Self {
            line,
            reason: Reason::Malformed,
            subject: String::new(),
            detail: shown(&detail.into()),
        }
    }
}
