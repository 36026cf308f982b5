//! Refusals about looking with somebody else's eyes.

use wt_fault::Kind;

/// A refusal of `ImpersonationService`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImpersonationFault {
    /// No such impersonation, or none of the caller's business.
    #[error("there is no such impersonation")]
    Unknown,
    /// Staff would get each other's rights, or their own.
    #[error("platform staff are never impersonated")]
    OfStaff,
    /// The same sign-in looks through another one.
    #[error("this sign-in impersonates somebody already")]
    Already,
    /// It ended, or ran out.
    #[error("the impersonation is over")]
    Over,
    /// Who looks agrees with themselves.
    #[error("somebody else of the platform's staff has to agree")]
    SecondPerson,
    /// A second one agreed before.
    #[error("the impersonation is elevated already")]
    Elevated,
}

impl ImpersonationFault {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Unknown => Kind::NotFound,
            Self::OfStaff | Self::SecondPerson => Kind::Forbidden,
            Self::Already | Self::Elevated => Kind::Conflict,
            Self::Over => Kind::Precondition,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unknown => "impersonation.not_found",
            Self::OfStaff => "impersonation.of_staff",
            Self::Already => "impersonation.already",
            Self::Over => "impersonation.over",
            Self::SecondPerson => "impersonation.second_person",
            Self::Elevated => "impersonation.elevated",
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Already => "end that one first",
            Self::Over => "begin another one",
            Self::SecondPerson => "ask a colleague to elevate it",
            Self::Unknown | Self::OfStaff | Self::Elevated => "",
        }
    }
}
