//! DNS names in one spelling: punycode, lower case, no trailing dot.
use std::{fmt, str::FromStr};

use crate::network::parse_address;

/// Names that can never lead to a host of the customer's: RFC 7686 (`onion`), RFC 6761 (`invalid`).
const NAMES_WITHOUT_HOSTS: [&str; 2] = ["onion", "invalid"];

/// A fully qualified DNS name in canonical text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct Host(String);

/// Why a text is not accepted as a host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HostRefused {
    /// Nothing there.
    #[error("the name is empty")]
    Empty,
    /// A URL, path, port or credentials around the name.
    #[error("give only the name, without scheme, port, path or user name")]
    NotOnlyAName,
    /// `*.example.com`.
    #[error("wildcards are not accepted; register each name")]
    Wildcard,
    /// A form that some resolver would read as an address (`0x7f.1`, `2130706433`, `010.0.0.1`).
    #[error("this looks like an address in an unusual form; write it as 192.0.2.1 or 2001:db8::1")]
    LooksLikeAddress,
    /// Not a valid name under IDNA (UTS 46) or DNS length rules.
    #[error("this is not a valid domain name")]
    Invalid,
    /// `com`, `co.uk`, `localhost`: nobody's own.
    #[error("this is a public suffix or a single label, which nobody can own")]
    PublicSuffix,
    /// Reserved so that it never resolves.
    #[error("names under this top-level domain never lead to a host")]
    Reserved,
}

impl Host {
    /// Reads a name; addresses in any form are refused here.
    pub fn parse(text: &str) -> Result<Self, HostRefused> {
        let text = text.trim();
        if text.is_empty() {
            return Err(HostRefused::Empty);
        }
        if text.contains(|c: char| {
            matches!(
                c,
                '/' | '\\' | '@' | ':' | '?' | '#' | '[' | ']' | '%' | ',' | ';'
            ) || c.is_whitespace()
                || c.is_control()
        }) {
            return Err(HostRefused::NotOnlyAName);
        }
        if text.contains('*') {
            return Err(HostRefused::Wildcard);
        }
        // IDNA folds full-width digits and dots, so the address check comes after it.
        let name = idna::domain_to_ascii_strict(text.strip_suffix('.').unwrap_or(text))
            .map_err(|_| refused_by_idna(text))?;
        if looks_like_address(&name) {
            return Err(HostRefused::LooksLikeAddress);
        }
        if !idna::uts46::verify_dns_length(&name, false) {
            return Err(HostRefused::Invalid);
        }
        let top = name.rsplit('.').next().unwrap_or(&name);
        if NAMES_WITHOUT_HOSTS.contains(&top) {
            return Err(HostRefused::Reserved);
        }
        if psl::suffix_str(&name).is_none_or(|suffix| suffix == name) {
            return Err(HostRefused::PublicSuffix);
        }
        Ok(Self(name))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn refused_by_idna(text: &str) -> HostRefused {
    if looks_like_address(&text.to_lowercase()) {
        HostRefused::LooksLikeAddress
    } else {
        HostRefused::Invalid
    }
}

/// The WHATWG "ends in a number" rule: such a name is an address to somebody's parser.
fn looks_like_address(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.chars().all(|c| c.is_ascii_hexdigit()));
    let decimal = !last.is_empty() && last.chars().all(|c| c.is_ascii_digit());
    hex || decimal || parse_address(name).is_ok()
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Host {
    type Err = HostRefused;

    fn from_str(text: &str) -> Result<Self, HostRefused> {
        Self::parse(text)
    }
}

impl<'de> serde::Deserialize<'de> for Host {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::{Host, HostRefused};

    #[test]
    fn a_name_has_one_spelling() {
        for text in ["WWW.Example.COM", "www.example.com.", " www.example.com "] {
            assert_eq!(Host::parse(text).unwrap().as_str(), "www.example.com");
        }
        assert_eq!(
            Host::parse("Bücher.example").unwrap().as_str(),
            "xn--bcher-kva.example"
        );
    }

    #[test]
    fn every_odd_spelling_of_an_address_is_refused() {
        for text in [
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "127.1",
            "010.0.0.1",
            "１２７.０.０.１",
            "127。0。0。1",
            "1.2.3.4.",
            "example.0x10",
        ] {
            assert_eq!(
                Host::parse(text),
                Err(HostRefused::LooksLikeAddress),
                "{text}"
            );
        }
    }

    #[test]
    fn what_nobody_can_own_is_refused() {
        for text in ["com", "co.uk", "localhost", "github.io", "COM."] {
            assert_eq!(Host::parse(text), Err(HostRefused::PublicSuffix), "{text}");
        }
        assert_eq!(
            Host::parse("abc.onion"),
            Err(HostRefused::Reserved),
            "onion"
        );
    }

    #[test]
    fn what_surrounds_a_name_is_refused() {
        for text in [
            "https://example.com",
            "user@example.com",
            "example.com:80",
            "example.com/x",
            "[::1]",
            "fe80::1%eth0",
            "exa mple.com",
            "example.com\r\nHost: a",
        ] {
            assert_eq!(Host::parse(text), Err(HostRefused::NotOnlyAName), "{text}");
        }
        assert_eq!(Host::parse("*.example.com"), Err(HostRefused::Wildcard));
        assert_eq!(
            Host::parse("-oProxy.example.com"),
            Err(HostRefused::Invalid)
        );
        assert_eq!(
            Host::parse(&format!("{}.example.com", "a".repeat(64))),
            Err(HostRefused::Invalid)
        );
    }
}
