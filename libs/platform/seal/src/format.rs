//! Sealed bytes, what they are bound to, and opened secrets.
use std::fmt;

use ulid::Ulid;
use wt_model::{TenantKey, UserId};
use zeroize::Zeroizing;

use crate::SealFault;

/// Version of the format.
const VERSION: u8 = 1;
/// A ULID.
const KEY_ID_BYTES: usize = 16;
/// 96 bits (NIST SP 800-38D §8.2).
pub(crate) const NONCE_BYTES: usize = 12;
/// 128 bits.
const TAG_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES;
/// Separates these bindings from any other use of the same cipher.
const DOMAIN: &[u8] = b"watchtower sealed secret v1";

/// Whose data key seals a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// An organization: used in a transaction of that organization.
    Organization(TenantKey),
    /// A person, who belongs to no organization.
    User(UserId),
    /// The installation itself.
    Platform,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(key) => key.fmt(f),
            Self::User(id) => id.fmt(f),
            Self::Platform => f.write_str("platform"),
        }
    }
}

/// Where a secret is stored. It opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// `schema.table.column`.
    pub column: &'static str,
    /// Primary key of the row, without the tenant (which the owner says).
    pub row: &'a str,
}

/// A secret as it is stored in a `bytea`.
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | version, 1 |
/// | 16 | id of the data key (a ULID), big-endian |
/// | 12 | nonce, random |
/// | n | ciphertext, as long as the secret |
/// | 16 | tag |
///
/// Bound to it as associated data, each after its length as 4 bytes big-endian: a constant of
/// this format, the first 17 bytes, `schema.table.column`, the row's id, and the owner
/// (`org_…`, which is the tenant; `usr_…`; `platform`).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Wraps what a `bytea` column holds; whether it can be opened is seen when it is.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// What to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What to store, by value.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    pub(crate) fn join(key_id: Ulid, nonce: [u8; NONCE_BYTES], ciphertext: &[u8]) -> Self {
        let mut bytes = header(key_id).to_vec();
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(ciphertext);
        Self(bytes)
    }

    /// Id of the data key, nonce, and ciphertext with its tag.
    pub(crate) fn split(&self) -> Result<(Ulid, [u8; NONCE_BYTES], &[u8]), SealFault> {
        let refuse = |detail| SealFault::Unreadable { detail };
        let (version, rest) = self.0.split_first().ok_or(refuse("no bytes"))?;
        if *version != VERSION {
            return Err(refuse("another version"));
        }
        let (id, rest) = rest
            .split_first_chunk::<KEY_ID_BYTES>()
            .ok_or(refuse("too short"))?;
        let (nonce, ciphertext) = rest
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(refuse("too short"))?;
        if ciphertext.len() < TAG_BYTES {
            return Err(refuse("too short"));
        }
        Ok((Ulid(u128::from_be_bytes(*id)), *nonce, ciphertext))
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes)", self.0.len())
    }
}

fn header(key_id: Ulid) -> [u8; HEADER_BYTES] {
    let mut header = [VERSION; HEADER_BYTES];
    if let Some(id) = header.get_mut(1..) {
        id.copy_from_slice(&key_id.0.to_be_bytes());
    }
    header
}

/// What a secret is bound to.
pub(crate) fn binding(key_id: Ulid, owner: &Owner, place: &Place<'_>) -> Vec<u8> {
    let owner = owner.to_string();
    let header = header(key_id);
    joined(&[
        DOMAIN,
        &header,
        place.column.as_bytes(),
        place.row.as_bytes(),
        owner.as_bytes(),
    ])
}

/// Each part after its length, so that no two lists of parts are the same bytes.
pub(crate) fn joined(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

/// A secret in clear: wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened(pub(crate) Zeroizing<Vec<u8>>);

impl Opened {
    /// The bytes, for the one call that needs them.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, if it is text.
    pub fn expose_str(&self) -> Result<&str, SealFault> {
        std::str::from_utf8(&self.0).map_err(|_| SealFault::Unreadable { detail: "no text" })
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
