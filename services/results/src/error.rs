//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ResultsFault {
    /// No such exposure in this organization.
    #[error("there is no such exposure")]
    ExposureUnknown,
    /// Nothing happened that a packet could prove.
    #[error("nothing has been proven about this exposure yet")]
    NothingToProve,
    /// The exposure is not in a state that allows the action.
    #[error("{reason}")]
    ActionUnsuitable {
        /// Why, as a sentence.
        reason: String,
    },
    /// A field of the request is wrong.
    #[error("{reason}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller may not do this.
    #[error(transparent)]
    Access(#[from] wt_auth::AuthFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
    /// The object store is away.
    #[error(transparent)]
    Artifact(#[from] wt_artifacts::ArtifactFault),
    /// A message that can't be read.
    #[error("the message can't be read")]
    Message(#[from] wt_bus::InvalidEnvelope),
    /// A stored row contradicts the code.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id.
        place: String,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl ResultsFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }

    /// A row that can't be turned into its domain type.
    pub(crate) fn inconsistent(
        place: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Inconsistent {
            place: place.into(),
            source: source.into(),
        }
    }
}

impl From<sqlx::Error> for ResultsFault {
    fn from(source: sqlx::Error) -> Self {
        Self::Store(source.into())
    }
}

impl wt_pg::AsPgFault for ResultsFault {
    fn as_pg_fault(&self) -> Option<&wt_pg::PgFault> {
        match self {
            Self::Store(fault) => Some(fault),
            _ => None,
        }
    }
}

impl Fault for ResultsFault {
    fn kind(&self) -> Kind {
        match self {
            Self::ExposureUnknown => Kind::NotFound,
            Self::NothingToProve | Self::ActionUnsuitable { .. } => Kind::Precondition,
            Self::Field { .. } | Self::Message(_) => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Artifact(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::ExposureUnknown => "exposure.not_found",
            Self::NothingToProve => "packet.nothing_to_prove",
            Self::ActionUnsuitable { .. } => "exposure.action_unsuitable",
            Self::Field { .. } => "request.invalid_field",
            Self::Message(_) => "event.unreadable",
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Artifact(fault) => fault.code(),
            Self::Inconsistent { .. } => "results.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::NothingToProve => "wait for a run to say something about it",
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            _ => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => vec![FieldFault {
                field: field.clone(),
                reason: reason.clone(),
            }],
            _ => Vec::new(),
        }
    }
}
