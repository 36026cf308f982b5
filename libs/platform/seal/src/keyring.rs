//! Master keys from text: the current one first, then those that still unwrap.
use std::fmt;

use async_trait::async_trait;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey},
    digest,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{MasterKey, SealFault, Secret256, Wrapped, format::NONCE_BYTES};

/// Most keys of one ring: the current one, the one before, and those of a rotation that was
/// interrupted.
const KEYS_MAX: usize = 8;
/// Bytes of the digest that name a key: enough to tell eight keys apart, too few to find one.
const ID_BYTES: usize = 8;

/// Master keys held by this process. The first wraps; all unwrap.
pub struct Keyring {
    current: String,
    keys: Vec<(String, Secret256)>,
}

impl Keyring {
    /// Reads one key a line, each 32 bytes in Base64 (`openssl rand -base64 32`); empty lines and
    /// lines that begin with `#` are skipped.
    pub fn parse(text: &str) -> Result<Self, SealFault> {
        let unusable = |reason: String| SealFault::MasterKey { reason };
        let mut keys = Vec::new();
        let lines = text.lines().map(str::trim).enumerate();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let raw = Zeroizing::new(STANDARD.decode(line).unwrap_or_default());
            let raw = <[u8; 32]>::try_from(raw.as_slice())
                .map_err(|_| unusable(format!("line {} is not 32 bytes in Base64", number + 1)))?;
            if raw.iter().all(|byte| Some(byte) == raw.first()) {
                return Err(unusable(format!("line {} is not random", number + 1)));
            }
            let key = Secret256::new(raw);
            keys.push((id_of(&key), key));
        }
        if keys.len() > KEYS_MAX {
            return Err(unusable(format!("more than {KEYS_MAX} keys")));
        }
        let current = keys
            .first()
            .map(|(id, _)| id.clone())
            .ok_or_else(|| unusable("there is none".to_owned()))?;
        Ok(Self { current, keys })
    }

    fn key(&self, id: &str) -> Result<RandomizedNonceKey, SealFault> {
        let (_, key) = self
            .keys
            .iter()
            .find(|(known, _)| known == id)
            .ok_or_else(|| SealFault::MasterKeyUnknown { id: id.to_owned() })?;
        RandomizedNonceKey::new(&AES_256_GCM, key.expose()).map_err(|_| SealFault::Cipher)
    }
}

/// A name that says nothing about the key.
fn id_of(key: &Secret256) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(b"watchtower master key id v1");
    context.update(key.expose());
    let digest = context.finish();
    hex::encode(digest.as_ref().get(..ID_BYTES).unwrap_or_default())
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|(id, _)| id).collect();
        write!(f, "Keyring({ids:?})")
    }
}

#[async_trait]
impl MasterKey for Keyring {
    async fn current(&self) -> Result<String, SealFault> {
        Ok(self.current.clone())
    }

    /// Nonce and ciphertext with its tag.
    async fn wrap(&self, context: &[u8], key: &Secret256) -> Result<Wrapped, SealFault> {
        let mut text = Zeroizing::new(Vec::with_capacity(64));
        text.extend_from_slice(key.expose());
        let nonce = self
            .key(&self.current)?
            .seal_in_place_append_tag(Aad::from(context), &mut *text)
            .map_err(|_| SealFault::Cipher)?;
        let mut wrapped = nonce.as_ref().to_vec();
        wrapped.extend_from_slice(&text);
        Ok(Wrapped {
            master_key_id: self.current.clone(),
            bytes: wrapped,
        })
    }

    async fn unwrap(
        &self,
        id: &str,
        context: &[u8],
        wrapped: &[u8],
    ) -> Result<Secret256, SealFault> {
        let unreadable = SealFault::Unreadable {
            detail: "wrapped data key",
        };
        let Some((nonce, text)) = wrapped.split_first_chunk::<NONCE_BYTES>() else {
            return Err(unreadable);
        };
        let mut text = Zeroizing::new(text.to_vec());
        let key = self.key(id)?;
        let opened = key.open_in_place(Nonce::from(nonce), Aad::from(context), &mut text);
        match opened.ok().map(|raw| <[u8; 32]>::try_from(&*raw)) {
            Some(Ok(raw)) => Ok(Secret256::new(raw)),
            _ => Err(unreadable),
        }
    }
}
