//! What can go wrong here, for the user and for the operator.

use wt_fault::{Fault, FieldFault, Kind};

/// A refusal or failure of this service.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TenantFault {
    /// Wrong e-mail address or password; which of the two is not told.
    #[error("e-mail address or password is wrong")]
    Credentials,
    /// The address has an account.
    #[error("an account with this e-mail address exists")]
    EmailTaken,
    /// The session ended, or never was.
    #[error("the session has ended")]
    SessionOver,
    /// No such organization, or none this person reaches.
    #[error("there is no such organization")]
    OrganizationUnknown,
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
    /// Too many sign-ins at once.
    #[error("too many people are signing in at once")]
    Busy,
    /// Hashing failed.
    #[error("the password could not be checked")]
    Hash {
        /// What the hasher said.
        reason: String,
    },
    /// A stored row contradicts the code.
    #[error("stored data is inconsistent")]
    Inconsistent {
        /// Table, column and id.
        place: String,
    },
}

impl TenantFault {
    /// Names a bad field.
    pub(crate) fn field(field: impl Into<String>, reason: impl std::fmt::Display) -> Self {
        Self::Field {
            field: field.into(),
            reason: reason.to_string(),
        }
    }
}

impl Fault for TenantFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Credentials | Self::SessionOver => Kind::Unauthenticated,
            Self::EmailTaken => Kind::Conflict,
            Self::OrganizationUnknown => Kind::NotFound,
            Self::Field { .. } => Kind::Invalid,
            Self::Access(fault) => fault.kind(),
            Self::Store(fault) => fault.kind(),
            Self::Busy => Kind::Unavailable,
            Self::Hash { .. } => Kind::Internal,
            Self::Inconsistent { .. } => Kind::Inconsistent,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Credentials => "auth.wrong_credentials",
            Self::EmailTaken => "auth.email_taken",
            Self::SessionOver => "auth.session_over",
            Self::OrganizationUnknown => "organization.not_found",
            Self::Field { .. } => "request.invalid_field",
            Self::Access(fault) => fault.code(),
            Self::Store(fault) => fault.code(),
            Self::Busy => "auth.busy",
            Self::Hash { .. } => "auth.hash_failed",
            Self::Inconsistent { .. } => "tenant.inconsistent",
        }
    }

    fn advice(&self) -> &str {
        match self {
            Self::EmailTaken => "sign in instead",
            Self::SessionOver => "sign in again",
            Self::Busy => "try again in a moment",
            Self::Access(fault) => fault.advice(),
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
