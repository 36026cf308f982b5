//! A master key that never leaves a key management service: the Transit API of `HashiCorp` Vault
//! and `OpenBao`.
//!
//! The service wraps and unwraps data keys, bound to their context as associated data, so that the
//! key has to be of an authenticated cipher (`aes256-gcm96`, the default, or `chacha20-poly1305`).
//! What was unwrapped is kept for a moment, so that not every secret costs a call.

mod address;
mod call;

pub use address::KmsAddress;

use std::{fmt, path::PathBuf, time::Duration};

use async_trait::async_trait;
use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::STANDARD};
use moka::future::Cache;
use reqwest::Method;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{MasterKey, SealFault, Secret256, Wrapped, format::joined};
use call::Caller;

/// Unwrapped data keys kept, 32 bytes each, and for how long: a key that was withdrawn at the
/// service opens nothing after that.
const KEPT_MAX: u64 = 1_000;
const KEPT_FOR: Duration = Duration::from_mins(5);

/// A master key held by a key management service.
pub struct TransitKey {
    address: KmsAddress,
    caller: Caller,
    /// By digest of id, context and wrapped bytes.
    kept: Cache<Vec<u8>, Secret256>,
}

impl TransitKey {
    /// The key at `address`, with the token in a file, which is read at every call. With `ca`
    /// (PEM), only what it signed is trusted.
    ///
    /// # Errors
    /// The token or the certificates cannot be read.
    pub fn new(
        address: KmsAddress,
        token_file: PathBuf,
        ca: Option<&[u8]>,
    ) -> Result<Self, SealFault> {
        let caller = Caller::new(token_file, ca, address.is_encrypted())?;
        Ok(Self {
            address,
            caller,
            kept: Cache::builder()
                .max_capacity(KEPT_MAX)
                .time_to_live(KEPT_FOR)
                .build(),
        })
    }

    /// Whether an id is of this key.
    pub(crate) fn wrapped(&self, id: &str) -> bool {
        self.address.wrapped(id)
    }

    async fn post(&self, operation: &str, body: &Value) -> Result<Value, SealFault> {
        let url = self.address.operation(operation);
        self.caller.call(Method::POST, &url, Some(body)).await
    }
}

impl fmt::Debug for TransitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TransitKey({:?})", self.address)
    }
}

#[async_trait]
impl MasterKey for TransitKey {
    async fn current(&self) -> Result<String, SealFault> {
        let url = self.address.operation("keys");
        let key = self.caller.call(Method::GET, &url, None).await?;
        let version = key
            .get("latest_version")
            .and_then(Value::as_u64)
            .ok_or_else(unreadable)?;
        Ok(self.address.id(version))
    }

    async fn wrap(&self, context: &[u8], key: &Secret256) -> Result<Wrapped, SealFault> {
        let plain = Zeroizing::new(STANDARD.encode(key.expose()));
        let body = json!({
            "plaintext": plain.as_str(), "associated_data": STANDARD.encode(context),
        });
        let answer = self.post("encrypt", &body).await?;
        let sealed = text(&answer, "ciphertext")?;
        let version = version_of(sealed).ok_or_else(unreadable)?;
        Ok(Wrapped {
            master_key_id: self.address.id(version),
            bytes: sealed.as_bytes().to_vec(),
        })
    }

    async fn unwrap(
        &self,
        id: &str,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret256, SealFault> {
        if !self.wrapped(id) {
            return Err(SealFault::MasterKeyUnknown { id: id.to_owned() });
        }
        let place = digest::digest(&digest::SHA256, &joined(&[id.as_bytes(), context, wrapped]));
        let place = place.as_ref().to_vec();
        if let Some(secret) = self.kept.get(&place).await {
            return Ok(secret);
        }
        let sealed = std::str::from_utf8(wrapped).map_err(|_| damaged())?;
        let body = json!({
            "ciphertext": sealed, "associated_data": STANDARD.encode(context),
        });
        let answer = match self.post("decrypt", &body).await {
            // What was sent is not what it gave out, or not for this context.
            Err(SealFault::KmsRefused { status: 400 }) => return Err(damaged()),
            other => other?,
        };
        let plain = text(&answer, "plaintext")?;
        let raw = Zeroizing::new(STANDARD.decode(plain).map_err(|_| unreadable())?);
        let raw = <[u8; 32]>::try_from(raw.as_slice()).map_err(|_| damaged())?;
        let secret = Secret256::new(raw);
        self.kept.insert(place, secret.clone()).await;
        Ok(secret)
    }

    fn is_remote(&self) -> bool {
        true
    }
}

fn text<'a>(answer: &'a Value, member: &str) -> Result<&'a str, SealFault> {
    let found = answer.get(member).and_then(Value::as_str);
    found.ok_or_else(unreadable)
}

/// The version in `vault:v3:…`.
fn version_of(ciphertext: &str) -> Option<u64> {
    let (version, _) = ciphertext.strip_prefix("vault:v")?.split_once(':')?;
    version.parse().ok().filter(|version| *version > 0)
}

fn unreadable() -> SealFault {
    SealFault::KmsAway {
        reason: "its answer is not of the Transit API".to_owned(),
    }
}

fn damaged() -> SealFault {
    SealFault::Unreadable {
        detail: "wrapped data key",
    }
}
