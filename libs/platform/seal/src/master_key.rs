//! What wraps data keys: the interface a key management service implements.
use std::fmt;

use async_trait::async_trait;
use zeroize::Zeroizing;

use crate::SealFault;

/// A 256-bit key in clear; wiped when dropped, never printed.
#[derive(Clone)]
pub struct Secret256(Zeroizing<[u8; 32]>);

impl Secret256 {
    /// Takes the raw key.
    pub fn new(raw: [u8; 32]) -> Self {
        Self(Zeroizing::new(raw))
    }

    /// A new random key.
    pub fn generate() -> Result<Self, SealFault> {
        let mut raw = Zeroizing::new([0; 32]);
        aws_lc_rs::rand::fill(raw.as_mut_slice()).map_err(|_| SealFault::Cipher)?;
        Ok(Self(raw))
    }

    /// The raw key, for a cipher or a key management service.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A data key as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// Which master key wrapped it, and which version of it.
    pub master_key_id: String,
    /// The wrapped key.
    pub bytes: Vec<u8>,
}

/// Wraps and unwraps data keys. A key management service wraps without giving its key away;
/// [`crate::Keyring`] holds the key itself.
#[async_trait]
pub trait MasterKey: fmt::Debug + Send + Sync {
    /// Id of the key, and version of it, that new data keys are wrapped with: a short word, stored
    /// beside what it wrapped.
    async fn current(&self) -> Result<String, SealFault>;

    /// Wraps a data key under the current master key, bound to `context`.
    async fn wrap(&self, context: &[u8], key: &Secret256) -> Result<Wrapped, SealFault>;

    /// Unwraps what the master key `id` wrapped for `context`.
    async fn unwrap(
        &self,
        id: &str,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret256, SealFault>;

    /// Whether the key is elsewhere, and may be away.
    fn is_remote(&self) -> bool {
        false
    }
}
