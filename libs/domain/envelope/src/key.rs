//! Ed25519 keys as the fleet stores them: PKCS#8 and SPKI, in PEM.
use std::{collections::BTreeMap, fmt};

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

use crate::{KeyFault, KeyId, pem};

const PRIVATE: &str = "PRIVATE KEY";
const PUBLIC: &str = "PUBLIC KEY";
/// DER of an Ed25519 `SubjectPublicKeyInfo` up to the 32 key bytes (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
const KEY_BYTES: usize = 32;

/// A private key. Never printed.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    public: VerifyingKey,
}

impl SigningKey {
    /// Reads a PKCS#8 PEM, version 1 or 2 (RFC 5958).
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, KeyFault> {
        let der = pem::decode(text, PRIVATE)?;
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)
            .map_err(|_| KeyFault::NotEd25519)
            .and_then(Self::from_pair)
    }

    /// The key of a 32-byte seed drawn elsewhere.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyFault> {
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map_err(|_| KeyFault::NotEd25519)
            .and_then(Self::from_pair)
    }

    fn from_pair(pair: Ed25519KeyPair) -> Result<Self, KeyFault> {
        let bytes: [u8; KEY_BYTES] = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| KeyFault::NotEd25519)?;
        Ok(Self {
            pair,
            public: VerifyingKey(bytes),
        })
    }

    /// The PKCS#8 PEM to store with the owner's eyes only.
    pub fn to_pkcs8_pem(&self) -> Result<String, KeyFault> {
        let document = self.pair.to_pkcs8().map_err(|_| KeyFault::NotEd25519)?;
        Ok(pem::encode(document.as_ref(), PRIVATE))
    }

    /// Its public half.
    pub fn public(&self) -> VerifyingKey {
        self.public
    }

    /// Signs `message` as it is; callers add their own domain separation.
    pub fn sign_bytes(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature
            .iter_mut()
            .zip(self.pair.sign(message).as_ref())
            .for_each(|(to, from)| *to = *from);
        signature
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.key_id())
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey([u8; KEY_BYTES]);

impl VerifyingKey {
    /// Reads an SPKI PEM (RFC 8410).
    pub fn from_spki_pem(text: &str) -> Result<Self, KeyFault> {
        Self::from_spki_der(&pem::decode(text, PUBLIC)?)
    }

    /// Reads an SPKI DER.
    pub fn from_spki_der(der: &[u8]) -> Result<Self, KeyFault> {
        der.strip_prefix(&SPKI_PREFIX)
            .and_then(|key| key.try_into().ok())
            .map(Self)
            .ok_or(KeyFault::NotEd25519)
    }

    /// The SPKI DER.
    pub fn to_spki_der(&self) -> Vec<u8> {
        [SPKI_PREFIX.as_slice(), &self.0].concat()
    }

    /// The SPKI PEM.
    pub fn to_spki_pem(&self) -> String {
        pem::encode(&self.to_spki_der(), PUBLIC)
    }

    /// Its name: a hash of the SPKI.
    pub fn key_id(&self) -> KeyId {
        KeyId::of_spki(&self.to_spki_der())
    }

    /// Whether this key made `signature` over `message`.
    pub fn accepts(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.0)
            .verify(message, signature)
            .is_ok()
    }
}

/// The keys whose signatures count, by id.
#[derive(Debug, Clone, Default)]
pub struct TrustedKeys(BTreeMap<KeyId, VerifyingKey>);

impl TrustedKeys {
    /// Whether nobody is trusted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every trusted key, by ascending id.
    pub fn iter(&self) -> impl Iterator<Item = &VerifyingKey> {
        self.0.values()
    }
}

impl FromIterator<VerifyingKey> for TrustedKeys {
    fn from_iter<I: IntoIterator<Item = VerifyingKey>>(keys: I) -> Self {
        Self(keys.into_iter().map(|key| (key.key_id(), key)).collect())
    }
}
