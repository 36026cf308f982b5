//! Exposure identity v1 (contracts §5): what makes two findings the same exposure.
use std::{fmt, str::FromStr};

use data_encoding::BASE32_NOPAD;
use serde::{Deserialize, Serialize};
use wt_model::TenantKey;

use crate::{
    QueryValues, Subject,
    canonical::{FieldHasher, fold_host, fold_path},
};

const PREFIX: &str = "exp1_";
/// Characters of base32 kept: 130 bits.
const DIGITS: usize = 26;

/// `exp1_` + 26 characters. Title, severity, banners, versions, times, response bytes, the
/// address of a named host, engine and order of discovery are never part of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ExposureKey(String);

/// Text that is not an exposure key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an exposure key: {PREFIX} and {DIGITS} characters of a-z2-7")]
pub struct InvalidKey;

impl ExposureKey {
    /// The key of a finding. Host and discriminator are folded here, so that two engines that
    /// spell one place differently mint one key; a discriminator that does not start with `/`
    /// or hold `://` is a matcher's name and taken as it is.
    pub fn derive(
        tenant_key: TenantKey,
        subject: &Subject,
        check_id: &str,
        discriminator: &str,
    ) -> Self {
        let folded = if discriminator.starts_with('/') || discriminator.contains("://") {
            fold_path(discriminator, QueryValues::Kept)
        } else {
            discriminator.to_owned()
        };
        let hash = FieldHasher::default()
            .field(b"v1")
            .field(tenant_key.to_string().as_bytes())
            .field(subject.asset_id.to_string().as_bytes())
            .field(fold_host(&subject.host).as_bytes())
            .field(subject.transport.as_str().as_bytes())
            .field(subject.port.to_string().as_bytes())
            .field(check_id.as_bytes())
            .field(folded.as_bytes())
            .finish();
        let mut text = BASE32_NOPAD.encode(&hash);
        text.truncate(DIGITS);
        text.make_ascii_lowercase();
        Self(PREFIX.to_owned() + &text)
    }

    /// The key's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExposureKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for ExposureKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let digits = text.strip_prefix(PREFIX).ok_or(InvalidKey)?;
        let valid = digits.len() == DIGITS
            && digits
                .bytes()
                .all(|digit| matches!(digit, b'a'..=b'z' | b'2'..=b'7'));
        valid.then(|| Self(text.to_owned())).ok_or(InvalidKey)
    }
}

impl TryFrom<String> for ExposureKey {
    type Error = InvalidKey;

    fn try_from(text: String) -> Result<Self, InvalidKey> {
        text.parse()
    }
}

impl From<ExposureKey> for String {
    fn from(key: ExposureKey) -> Self {
        key.0
    }
}
