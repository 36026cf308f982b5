//! What can go wrong with a secret, without telling anything about it.
use wt_fault::{Fault, Kind};

/// A secret or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealFault {
    /// The bytes are not what was sealed here: changed, moved to another row, or another owner's.
    #[error("a stored secret cannot be read")]
    Unreadable {
        /// What did not fit; never any of the secret.
        detail: &'static str,
    },
    /// The master key that wrapped a data key is not configured.
    #[error("a stored secret cannot be read")]
    MasterKeyUnknown {
        /// Id of the missing key.
        id: String,
    },
    /// The master key cannot be read, or is malformed.
    #[error("the master key cannot be used: {reason}")]
    MasterKey {
        /// What is wrong with it; never any of it.
        reason: String,
    },
    /// The key management service did not answer, or not in its way.
    #[error("the key management service is away")]
    KmsAway {
        /// What happened; never any of a key or token.
        reason: String,
    },
    /// The key management service said no: the token, its policy, or the key's name.
    #[error("the key management service refuses with {status}")]
    KmsRefused {
        /// What it answered (HTTP).
        status: u16,
    },
    /// The random source or the cipher failed.
    #[error("a secret cannot be stored")]
    Cipher,
    /// The database refused or is away.
    #[error(transparent)]
    Store(#[from] wt_pg::PgFault),
}

impl From<sqlx::Error> for SealFault {
    fn from(source: sqlx::Error) -> Self {
        Self::Store(source.into())
    }
}

impl Fault for SealFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unreadable { .. } => Kind::Inconsistent,
            Self::KmsAway { .. } => Kind::Unavailable,
            Self::MasterKeyUnknown { .. }
            | Self::MasterKey { .. }
            | Self::KmsRefused { .. }
            | Self::Cipher => Kind::Internal,
            Self::Store(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Unreadable { .. } => "secret.unreadable",
            Self::MasterKeyUnknown { .. } => "secret.master_key_unknown",
            Self::MasterKey { .. } => "secret.master_key_unusable",
            Self::KmsAway { .. } => "secret.kms_unavailable",
            Self::KmsRefused { .. } => "secret.kms_refused",
            Self::Cipher => "secret.cipher_failed",
            Self::Store(fault) => fault.code(),
        }
    }
}
