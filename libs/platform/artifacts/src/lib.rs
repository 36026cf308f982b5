//! Bytes named by their digest, under the tenant's prefix.
//!
//! **Invariant**: keys are made here from the tenant, the run and the SHA-256 of the bytes, and
//! checked here again before reading, so that no text from outside ever names an object.

mod config;
mod get;
mod key;
mod put;
mod remove;
mod share;

pub use config::{ArtifactsArgs, open};
pub use key::{ArtifactKey, InvalidKey};
pub use share::SavedAs;

use std::sync::Arc;

use object_store::{ObjectStore, signer::Signer};
use wt_fault::{Fault, Kind};

/// The object store; cheap to clone.
#[derive(Debug, Clone)]
pub struct Artifacts {
    pub(crate) store: Arc<dyn ObjectStore>,
    /// Makes addresses of the store itself, where people can reach it.
    pub(crate) signer: Option<Arc<dyn Signer>>,
}

/// Why an artifact could not be stored or read.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactFault {
    /// `ARTIFACTS_URL` can't be used.
    #[error("the artifact store's address can't be used")]
    Address {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such object.
    #[error("there is no such artifact")]
    Unknown,
    /// The key is malformed or another tenant's.
    #[error("there is no such artifact")]
    Key(#[from] InvalidKey),
    /// The bytes are not those the digest names.
    #[error("the stored artifact is damaged")]
    Damaged {
        /// The key.
        key: String,
    },
    /// The object is longer than the caller can take.
    #[error("the artifact is longer than {max} bytes")]
    TooLong {
        /// The bound.
        max: u64,
    },
    /// The store did not answer.
    #[error("the artifact store is away")]
    Store {
        /// Why.
        #[source]
        source: object_store::Error,
    },
}

impl From<object_store::Error> for ArtifactFault {
    fn from(source: object_store::Error) -> Self {
        match source {
            object_store::Error::NotFound { .. } => Self::Unknown,
            source => Self::Store { source },
        }
    }
}

impl Fault for ArtifactFault {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown | Self::Key(_) => Kind::NotFound,
            Self::TooLong { .. } => Kind::TooLarge,
            Self::Damaged { .. } => Kind::Inconsistent,
            Self::Store { .. } => Kind::Unavailable,
            Self::Address { .. } => Kind::Internal,
        }
    }

    fn code(&self) -> &str {
        match self {
            Self::Unknown | Self::Key(_) => "artifact.not_found",
            Self::TooLong { .. } => "artifact.too_long",
            Self::Damaged { .. } => "artifact.damaged",
            Self::Store { .. } => "artifact.store_unavailable",
            Self::Address { .. } => "artifact.store_misconfigured",
        }
    }
}
