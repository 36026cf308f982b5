//! The unit of tenancy (contracts §1, §10).
use std::{fmt, str::FromStr};

use ulid::Ulid;

use crate::InvalidId;

/// An organization's id and the value of every `tenant_key` column: `org_` + ULID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TenantKey(Ulid);

impl TenantKey {
    /// Wraps a ULID made elsewhere.
    pub const fn from_ulid(ulid: Ulid) -> Self {
        Self(ulid)
    }
}

impl fmt::Display for TenantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "org_{}", self.0)
    }
}

impl FromStr for TenantKey {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        text.strip_prefix("org_")
            .and_then(|rest| Ulid::from_string(rest).ok())
            .map(Self)
            .filter(|key| key.to_string() == text)
            .ok_or(InvalidId { prefix: "org_" })
    }
}

impl serde::Serialize for TenantKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for TenantKey {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
