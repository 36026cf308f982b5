//! Refusals about passkeys.

use wt_fault::Kind;

/// A refusal of a passkey's ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasskeyFault {
    /// The public URL has no name, or none is configured.
    #[error("passkeys need a public URL with a name in it, not an address")]
    Unavailable,
    /// A registration that was answered, has expired, or never was the caller's.
    #[error("this registration is over")]
    RegistrationOver,
    /// The browser's answer proves nothing; what exactly is wrong helps only who forges it.
    #[error("the browser's answer was not accepted")]
    NotAccepted,
    /// Somebody registered the credential before.
    #[error("this passkey is registered already")]
    Present,
    /// The person has as many passkeys as one may have.
    #[error("a person has at most {max} passkeys", max = crate::domain::passkey::PASSKEYS_MAX)]
    TooMany,
    /// No such passkey of this person.
    #[error("there is no such passkey")]
    Unknown,
    /// A sign-in with a passkey that proves nothing; whether the passkey is known is not told.
    #[error("the passkey was not accepted")]
    Refused,
}

impl PasskeyFault {
    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Unavailable | Self::RegistrationOver => Kind::Precondition,
            Self::NotAccepted => Kind::Invalid,
            Self::Present | Self::TooMany => Kind::Conflict,
            Self::Unknown => Kind::NotFound,
            Self::Refused => Kind::Unauthenticated,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Unavailable => "passkey.unavailable",
            Self::RegistrationOver => "passkey.registration_over",
            Self::NotAccepted => "passkey.not_accepted",
            Self::Present => "passkey.present",
            Self::TooMany => "passkey.too_many",
            Self::Unknown => "passkey.not_found",
            Self::Refused => "auth.passkey_refused",
        }
    }

    pub(crate) fn advice(self) -> &'static str {
        match self {
            Self::Unavailable => {
                "set WT_PUBLIC_URL to the address people use, such as https://watchtower.example.com"
            }
            Self::RegistrationOver | Self::NotAccepted => "begin again",
            Self::Present => "use it to sign in",
            Self::TooMany => "remove one that is not used any more",
            Self::Refused => "sign in with the password, or with another passkey",
            Self::Unknown => "",
        }
    }
}
