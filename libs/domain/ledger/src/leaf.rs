//! Hashes of leaves and nodes, kept apart by a first byte (RFC 6962 §2.1).
use std::{fmt, str::FromStr};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::LedgerFault;

/// A SHA-256 hash; 64 lower-case hexadecimal digits in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash([u8; 32]);

impl Hash {
    /// Wraps stored bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, as stored.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = LedgerFault;

    fn try_from(bytes: &[u8]) -> Result<Self, LedgerFault> {
        bytes
            .try_into()
            .map(Self)
            .map_err(|_| LedgerFault::NotCanonical {
                reason: "a hash has 32 bytes".to_owned(),
            })
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for Hash {
    type Err = LedgerFault;

    fn from_str(text: &str) -> Result<Self, LedgerFault> {
        HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| LedgerFault::NotCanonical {
                reason: "a hash is 64 lower-case hexadecimal digits".to_owned(),
            })
    }
}

impl TryFrom<String> for Hash {
    type Error = LedgerFault;

    fn try_from(text: String) -> Result<Self, LedgerFault> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        hash.to_string()
    }
}

/// Hash of a leaf's bytes: no leaf can pass for a node.
pub fn leaf_hash(bytes: &[u8]) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([0])
            .chain_update(bytes)
            .finalize()
            .into(),
    )
}

/// Hash of a node over its two children.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(
        Sha256::new()
            .chain_update([1])
            .chain_update(left.0)
            .chain_update(right.0)
            .finalize()
            .into(),
    )
}

/// Root of the empty tree.
pub(crate) fn empty() -> Hash {
    Hash(Sha256::digest([]).into())
}
