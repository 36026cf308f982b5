//! The name of a key: a hash of its public half.
use std::fmt;

use data_encoding::HEXLOWER;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// SHA-256 of a key's SPKI DER, hex. A hint for people and logs, never a decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct KeyId(String);

impl KeyId {
    /// Names the key of this SPKI DER.
    pub fn of_spki(der: &[u8]) -> Self {
        Self(HEXLOWER.encode(&Sha256::digest(der)))
    }

    /// The 64 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
