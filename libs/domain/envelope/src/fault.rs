//! Why an envelope or a key is refused.
use wt_fault::{Fault, Kind};

/// An envelope that must not be acted on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeFault {
    /// Nobody signed it.
    #[error("the envelope carries no signature")]
    Unsigned,
    /// More signatures than anybody needs: refused before any is checked.
    #[error("the envelope carries too many signatures")]
    TooManySignatures,
    /// It says it is something else.
    #[error("the envelope holds {found:?}, not what was expected")]
    WrongType {
        /// The type it claims, cut to 128 characters.
        found: String,
    },
    /// No trusted key made any of its signatures over these bytes.
    #[error("no trusted key signed the envelope as it is")]
    NotTrusted,
}

impl Fault for EnvelopeFault {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Unsigned => "envelope.unsigned",
            Self::TooManySignatures => "envelope.too_many_signatures",
            Self::WrongType { .. } => "envelope.wrong_type",
            Self::NotTrusted => "envelope.not_trusted",
        }
    }
}

/// Bytes or text that hold no usable key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// No PEM block of the expected label, or its base64 is broken.
    #[error("expected a PEM block {label:?}")]
    NotPem {
        /// The label that was looked for.
        label: &'static str,
    },
    /// Well-formed, but not an Ed25519 key.
    #[error("the key is not an Ed25519 key")]
    NotEd25519,
}

impl Fault for KeyFault {
    fn kind(&self) -> Kind {
        Kind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotPem { .. } => "key.not_pem",
            Self::NotEd25519 => "key.not_ed25519",
        }
    }
}
