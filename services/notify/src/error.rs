//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotifyFault {
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
    /// Another service refused or is away.
    #[error(transparent)]
    Peer(#[from] wt_rpc::RpcFault),
    /// A stored row or an answer contradicts the contract.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id, or message and field.
        place: String,
        /// What could not be read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A template failed: a bug here.
    #[error("the message could not be written")]
    Render(#[from] minijinja::Error),
}

impl NotifyFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }

    /// Something that can't be turned into its domain type.
    pub(crate) fn inconsistent(
        place: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Inconsistent {
            place: place.into(),
            source: Box::new(source),
        }
    }
}

impl Fault for NotifyFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Field { .. } => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Peer(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
            Self::Render(_) => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Field { .. } => "request.invalid_field",
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Peer(fault) => fault.code(),
            Self::Inconsistent { .. } => "notify.inconsistent",
            Self::Render(_) => "notify.unrenderable",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::Access(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            Self::Peer(fault) => fault.advice(),
            _ => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => vec![FieldFault {
                field: field.clone(),
                reason: reason.clone(),
            }],
            Self::Peer(fault) => fault.fields(),
            _ => Vec::new(),
        }
    }
}
