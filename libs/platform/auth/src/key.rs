//! Ed25519 keys as files: PKCS#8 PEM private, SPKI PEM public.
use std::{fmt, path::Path};

use aws_lc_rs::{
    digest,
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};

/// Length of a raw Ed25519 public key in bytes (RFC 8032 §5.1.5).
const PUBLIC_KEY_BYTES: usize = 32;
/// DER before the raw key in an Ed25519 `SubjectPublicKeyInfo` (RFC 8410 §4).
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A key that cannot be read, parsed or made.
#[derive(Debug, thiserror::Error)]
pub enum KeyFault {
    /// The file cannot be read or written.
    #[error("cannot use key file {path}")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The text is not a PEM of the expected kind.
    #[error("{place} is not an Ed25519 {expected} key in PEM")]
    Malformed {
        /// Where the text came from.
        place: String,
        /// `private` or `public`.
        expected: &'static str,
    },
    /// The random source failed.
    #[error("cannot generate a key")]
    Generate,
}

/// A private key and its public half.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    pkcs8: Vec<u8>,
    public: PublicKey,
}

impl SigningKey {
    /// Makes a new key.
    pub fn generate() -> Result<Self, KeyFault> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyFault::Generate)?;
        let document = pair.to_pkcs8v1().map_err(|_| KeyFault::Generate)?;
        Self::from_pkcs8(document.as_ref(), "a new key")
    }

    /// Reads a PEM file.
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        Self::from_pem(&read(path)?, &path.display().to_string())
    }

    /// Reads PEM text; `place` names it in errors.
    pub fn from_pem(pem: &str, place: &str) -> Result<Self, KeyFault> {
        let der = unarmour(pem, "PRIVATE KEY").ok_or_else(|| KeyFault::Malformed {
            place: place.to_owned(),
            expected: "private",
        })?;
        Self::from_pkcs8(&der, place)
    }

    fn from_pkcs8(der: &[u8], place: &str) -> Result<Self, KeyFault> {
        let malformed = || KeyFault::Malformed {
            place: place.to_owned(),
            expected: "private",
        };
        // Version 1 carries no public key, so nothing can disagree with the private one.
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der).map_err(|_| malformed())?;
        let pkcs8 = pair
            .to_pkcs8v1()
            .map_err(|_| malformed())?
            .as_ref()
            .to_vec();
        let raw = pair
            .public_key()
            .as_ref()
            .try_into()
            .map_err(|_| malformed())?;
        Ok(Self {
            pair,
            pkcs8,
            public: PublicKey(raw),
        })
    }

    /// PKCS#8 version 1 DER, as JWT and envelope signers take it.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.pkcs8
    }

    /// PKCS#8 PEM.
    pub fn to_pem(&self) -> String {
        armour(&self.pkcs8, "PRIVATE KEY")
    }

    /// Signs a message (RFC 8032).
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public.key_id())
    }
}

/// A public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PublicKey([u8; PUBLIC_KEY_BYTES]);

impl PublicKey {
    /// Wraps 32 raw bytes.
    pub fn from_raw(raw: [u8; PUBLIC_KEY_BYTES]) -> Self {
        Self(raw)
    }

    /// Reads a PEM file.
    pub fn load(path: &Path) -> Result<Self, KeyFault> {
        Self::from_pem(&read(path)?, &path.display().to_string())
    }

    /// Reads SPKI PEM text; `place` names it in errors.
    pub fn from_pem(pem: &str, place: &str) -> Result<Self, KeyFault> {
        unarmour(pem, "PUBLIC KEY")
            .and_then(|der| der.strip_prefix(&SPKI_PREFIX)?.try_into().ok())
            .map(Self)
            .ok_or_else(|| KeyFault::Malformed {
                place: place.to_owned(),
                expected: "public",
            })
    }

    /// The raw 32 bytes.
    pub fn raw(&self) -> &[u8; PUBLIC_KEY_BYTES] {
        &self.0
    }

    /// SPKI PEM.
    pub fn to_pem(&self) -> String {
        let mut der = SPKI_PREFIX.to_vec();
        der.extend_from_slice(&self.0);
        armour(&der, "PUBLIC KEY")
    }

    /// The JWK thumbprint (RFC 7638, RFC 8037 §2): a stable name of the key.
    pub fn key_id(&self) -> String {
        let jwk = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, self.x());
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, jwk.as_bytes()))
    }

    /// The key as the `x` member of a JWK.
    pub(crate) fn x(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

pub(crate) fn read(path: &Path) -> Result<String, KeyFault> {
    std::fs::read_to_string(path).map_err(|source| KeyFault::File {
        path: path.display().to_string(),
        source,
    })
}

fn armour(der: &[u8], label: &str) -> String {
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        STANDARD.encode(der)
    )
}

fn unarmour(pem: &str, label: &str) -> Option<Vec<u8>> {
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let (_, rest) = pem.split_once(&begin)?;
    let (body, _) = rest.split_once(&end)?;
    let body: String = body.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::{PublicKey, SigningKey};

    #[test]
    fn keys_survive_their_text_form() {
        let key = SigningKey::generate().unwrap();
        let read = SigningKey::from_pem(&key.to_pem(), "test").unwrap();
        assert_eq!(read.public(), key.public());
        assert_eq!(
            PublicKey::from_pem(&key.public().to_pem(), "test").unwrap(),
            *key.public()
        );
    }

    #[test]
    fn the_thumbprint_is_the_one_of_rfc_8037() {
        // RFC 8037 appendix A.2 and A.3.
        let raw = [
            0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64,
            0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68,
            0xf7, 0x07, 0x51, 0x1a,
        ];
        let key = PublicKey::from_raw(raw);
        assert_eq!(key.key_id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_private_key_is_not_taken_for_a_public_one() {
        let key = SigningKey::generate().unwrap();
        assert!(PublicKey::from_pem(&key.to_pem(), "test").is_err());
        assert!(SigningKey::from_pem(&key.public().to_pem(), "test").is_err());
    }
}
