//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};
use wt_model::{AssetKind, VerificationMethod};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AssetFault {
    /// No such asset in this organization.
    #[error("there is no such asset")]
    AssetUnknown,
    /// No such authorization in this organization.
    #[error("there is no such authorization")]
    AuthorizationUnknown,
    /// No challenge was started, or it expired.
    #[error("no verification is under way for this asset")]
    ChallengeUnknown,
    /// The method cannot prove this kind.
    #[error("{method} cannot prove an asset of kind {kind}")]
    MethodUnsuitable {
        /// The method asked for.
        method: VerificationMethod,
        /// The asset's kind.
        kind: AssetKind,
    },
    /// A field of the request is wrong.
    #[error("{reason}")]
    Field {
        /// Path of the field.
        field: String,
        /// What is wrong with it.
        reason: String,
    },
    /// More assets than one request may carry.
    #[error("at most {max} assets fit into one request")]
    TooMany {
        /// The bound.
        max: usize,
    },
    /// The caller may not do this.
    #[error(transparent)]
    Access(#[from] wt_auth::AuthFault),
    /// The plan includes no more.
    #[error(transparent)]
    Plan(#[from] wt_plan::PlanFault),
    /// It is not known what the plan includes.
    #[error(transparent)]
    Standing(#[from] wt_standing::StandingFault),
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
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

impl AssetFault {
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
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self::Inconsistent {
            place: place.into(),
            source: Box::new(source),
        }
    }
}

impl Fault for AssetFault {
    fn kind(&self) -> Kind {
        match self {
            Self::AssetUnknown | Self::AuthorizationUnknown | Self::ChallengeUnknown => {
                Kind::NotFound
            }
            Self::MethodUnsuitable { .. } => Kind::Precondition,
            Self::Field { .. } => Kind::Invalid,
            Self::TooMany { .. } => Kind::TooLarge,
            Self::Access(fault) => fault.kind(),
            Self::Plan(fault) => fault.kind(),
            Self::Standing(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::AssetUnknown => "asset.not_found",
            Self::AuthorizationUnknown => "authorization.not_found",
            Self::ChallengeUnknown => "verification.not_started",
            Self::MethodUnsuitable { .. } => "verification.method_unsuitable",
            Self::Field { .. } => "request.invalid_field",
            Self::TooMany { .. } => "request.too_many_items",
            Self::Access(fault) => fault.code(),
            Self::Plan(fault) => fault.code(),
            Self::Standing(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Inconsistent { .. } => "asset.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::MethodUnsuitable { .. } => {
                "prove a domain by dns_txt or http_file and an address by http_file; ask the \
                 platform's operator to attest a network"
            }
            Self::ChallengeUnknown => "start a verification first",
            Self::TooMany { .. } => "send them in several requests",
            Self::Access(fault) => fault.advice(),
            Self::Plan(fault) => fault.advice(),
            Self::Standing(fault) => fault.advice(),
            Self::Store(fault) => fault.advice(),
            _ => "",
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Field { field, reason } => {
                vec![FieldFault {
                    field: field.clone(),
                    reason: reason.clone(),
                }]
            }
            _ => Vec::new(),
        }
    }
}
