//! What an owner has to publish to prove an asset theirs (contracts §1).
//!
//! The token is 160 random bits per (organization, asset): more than the 128 that promises P8
//! asks for, and never reused by another organization, so that one proof serves one owner.

use time::{Duration, OffsetDateTime};
use wt_model::{AssetKind, VerificationMethod};

use crate::error::AssetFault;

/// How long a challenge may be answered. Seven days leave room for a change request.
pub(crate) const CHALLENGE_LIFETIME: Duration = Duration::days(7);
/// Label under which the TXT record is looked for; the underscore keeps it out of host names
/// (RFC 8552).
const TXT_LABEL: &str = "_watchtower-challenge";
/// Folder of the file (RFC 8615).
const FILE_FOLDER: &str = "/.well-known/watchtower-challenge";
/// What comes before the token, so that a stray token proves nothing.
const PREFIX: &str = "watchtower-verification=";

/// A token drawn by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    /// Encodes 20 random bytes.
    pub(crate) fn from_random(bytes: [u8; 20]) -> Self {
        Self(data_encoding::BASE32_NOPAD.encode(&bytes).to_lowercase())
    }

    /// Takes a token back from storage.
    pub(crate) fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What has to be published where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instructions {
    /// Name of the TXT record; empty for other methods.
    pub(crate) record_name: String,
    /// Where the file must be; empty for other methods.
    pub(crate) url: String,
    /// Value of the record or body of the file.
    pub(crate) expected: String,
}

/// Whether `method` can prove an asset of this kind, and what has to be published.
pub(crate) fn instructions(
    kind: AssetKind,
    value: &str,
    method: VerificationMethod,
    token: &Token,
) -> Result<Instructions, AssetFault> {
    let expected = format!("{PREFIX}{}", token.as_str());
    match (method, kind) {
        (VerificationMethod::DnsTxt, AssetKind::Domain) => Ok(Instructions {
            record_name: format!("{TXT_LABEL}.{value}"),
            url: String::new(),
            expected,
        }),
        (VerificationMethod::HttpFile, AssetKind::Domain | AssetKind::Ip) => Ok(Instructions {
            record_name: String::new(),
            url: format!("http://{}{}", url_host(value), file_path(token)),
            expected,
        }),
        (method, kind) => Err(AssetFault::MethodUnsuitable { method, kind }),
    }
}

/// Path of the challenge file.
pub(crate) fn file_path(token: &Token) -> String {
    format!("{FILE_FOLDER}/{}", token.as_str())
}

/// The host as a URL writes it: IPv6 addresses in brackets (RFC 3986 §3.2.2).
pub(crate) fn url_host(value: &str) -> String {
    if value.contains(':') {
        format!("[{value}]")
    } else {
        value.to_owned()
    }
}

/// When a challenge made now stops being accepted.
pub(crate) fn challenge_expiry(now: OffsetDateTime) -> OffsetDateTime {
    now + CHALLENGE_LIFETIME
}

#[cfg(test)]
mod tests {
    use wt_model::{AssetKind, VerificationMethod};

    use super::{Token, instructions};

    #[test]
    fn an_address_is_not_proven_by_a_txt_record() {
        let token = Token::from_random([7; 20]);
        let refused = instructions(
            AssetKind::Ip,
            "192.0.2.1",
            VerificationMethod::DnsTxt,
            &token,
        );
        assert!(refused.is_err());
    }

    #[test]
    fn an_ipv6_address_is_bracketed_in_its_url() {
        let token = Token::from_random([7; 20]);
        let made = instructions(
            AssetKind::Ip,
            "2001:db8::1",
            VerificationMethod::HttpFile,
            &token,
        );
        assert!(
            made.unwrap()
                .url
                .starts_with("http://[2001:db8::1]/.well-known/")
        );
    }
}
