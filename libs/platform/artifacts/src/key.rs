//! `t/{tenant_key}/{run_id}/{sha256}`: who it belongs to, where it comes from, what it is.

use std::{fmt, str::FromStr};

use object_store::path::Path;
use sha2::{Digest, Sha256};
use wt_model::{RunId, TenantKey};

/// The name of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactKey {
    tenant: TenantKey,
    run: RunId,
    sha256: String,
}

/// Text that is not the key of one of this tenant's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an artifact key")]
pub struct InvalidKey;

impl ArtifactKey {
    /// The key of these bytes.
    pub fn of(tenant: TenantKey, run: RunId, bytes: &[u8]) -> Self {
        Self {
            tenant,
            run,
            sha256: hex::encode(Sha256::digest(bytes)),
        }
    }

    /// Reads a key that came from a row or an event and refuses another tenant's.
    ///
    /// # Errors
    /// [`InvalidKey`] when it is malformed or not `tenant`'s; which of the two is not told.
    pub fn parse_for(tenant: TenantKey, text: &str) -> Result<Self, InvalidKey> {
        let key: Self = text.parse()?;
        if key.tenant == tenant {
            Ok(key)
        } else {
            Err(InvalidKey)
        }
    }

    /// SHA-256 of the bytes, lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The run it comes from.
    pub fn run(&self) -> RunId {
        self.run
    }

    pub(crate) fn path(&self) -> Path {
        Path::from(self.to_string())
    }
}

impl fmt::Display for ArtifactKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t/{}/{}/{}", self.tenant, self.run, self.sha256)
    }
}

impl FromStr for ArtifactKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let mut parts = text.split('/');
        let (Some("t"), Some(tenant), Some(run), Some(sha256), None) = (
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
            parts.next(),
        ) else {
            return Err(InvalidKey);
        };
        let is_digest = sha256.len() == 64
            && sha256
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_digest {
            return Err(InvalidKey);
        }
        Ok(Self {
            tenant: tenant.parse().map_err(|_| InvalidKey)?,
            run: run.parse().map_err(|_| InvalidKey)?,
            sha256: sha256.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::ArtifactKey;

    const A: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    const B: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAW";
    const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    #[test]
    fn another_tenants_key_reads_as_malformed() {
        let key = ArtifactKey::of(A.parse().unwrap(), RUN.parse().unwrap(), b"x").to_string();
        assert!(ArtifactKey::parse_for(A.parse().unwrap(), &key).is_ok());
        assert!(ArtifactKey::parse_for(B.parse().unwrap(), &key).is_err());
    }

    #[test]
    fn nothing_but_a_key_is_a_key() {
        let key = ArtifactKey::of(A.parse().unwrap(), RUN.parse().unwrap(), b"x").to_string();
        for text in [
            String::new(),
            format!("{key}/"),
            format!("/{key}"),
            key.replace("t/", "t/../t/"),
            key.to_uppercase(),
            format!("{key}0"),
        ] {
            assert!(text.parse::<ArtifactKey>().is_err(), "{text}");
        }
    }
}
