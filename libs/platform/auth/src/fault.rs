//! Why a caller is turned away.
use wt_fault::{Fault, Kind};
use wt_model::Permission;

/// A caller that is unknown, or known and not allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthFault {
    /// No token, or one that does not verify. `detail` is for the operator.
    #[error("you are not signed in, or your sign-in is no longer valid")]
    Unauthenticated {
        /// What was wrong with the token; never shown to the caller.
        detail: &'static str,
    },
    /// The call needs an organization and the caller has chosen none.
    #[error("choose an organization first")]
    NoOrganization,
    /// The caller's roles do not grant the permission.
    #[error("your role does not allow {permission}")]
    Forbidden {
        /// What was asked for.
        permission: Permission,
    },
    /// Platform staff with somebody else's eyes never do this.
    #[error("this is never done while acting as somebody else")]
    Impersonating,
}

impl Fault for AuthFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unauthenticated { .. } => Kind::Unauthenticated,
            Self::NoOrganization | Self::Forbidden { .. } | Self::Impersonating => Kind::Forbidden,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Unauthenticated { .. } => "auth.unauthenticated",
            Self::NoOrganization => "auth.no_organization",
            Self::Forbidden { .. } => "auth.forbidden",
            Self::Impersonating => "auth.impersonating",
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::Unauthenticated { .. } => "sign in again",
            Self::NoOrganization => "switch to an organization you are a member of",
            Self::Impersonating => "end the impersonation; the person does this themselves",
            Self::Forbidden { .. } => "ask an owner or admin of the organization",
        }
    }
}
