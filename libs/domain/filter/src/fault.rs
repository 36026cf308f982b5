//! What is wrong with a filter.
use wt_fault::{Fault, Kind};

/// Text that is not a filter; the sentence names the term, so that it can be mended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterFault {
    /// Too long.
    #[error("a filter has at most {} bytes", crate::FILTER_BYTES_MAX)]
    TooLong,
    /// No such field.
    #[error(
        "{field:?} is no field; there are severity, state, asset, check, port, decision, \
         assignee, run, score, kev, cve, tag, sla and since"
    )]
    Field {
        /// As it was written.
        field: String,
    },
    /// The same field twice.
    #[error("{field} is there twice; separate its values with commas")]
    Twice {
        /// The field.
        field: &'static str,
    },
    /// A value the field cannot have.
    #[error("{field}: {reason}")]
    Value {
        /// The field.
        field: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
}

impl Fault for FilterFault {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &str {
        "filter.invalid"
    }
}

impl FilterFault {
    pub(crate) fn value(field: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Value {
            field,
            reason: reason.to_string(),
        }
    }
}
