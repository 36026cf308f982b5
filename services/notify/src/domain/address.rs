//! An address mail may be sent to: parsed once, safe in a header ever after.

use std::{fmt, str::FromStr};

/// Longest address (RFC 5321 §4.5.3.1.3: a path of 256 octets with its brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Text that is no usable mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a mail address such as name@example.com")]
pub(crate) struct InvalidAddress;

/// A mail address in lower-case domain form, without any character that could end a header.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MailAddress(String);

impl MailAddress {
    /// The address as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for MailAddress {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        // Quoted local parts may hold spaces and brackets; nobody's address needs them.
        let plain = text.chars().all(|c| !c.is_control() && !c.is_whitespace())
            && !text.contains(['"', '<', '>', '\\', ',', ';', ':', '(', ')']);
        if !plain || text.len() > ADDRESS_BYTES_MAX {
            return Err(InvalidAddress);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidAddress)?;
        lettre::Address::new(local, domain).map_err(|_| InvalidAddress)?;
        Ok(Self(format!("{local}@{}", domain.to_ascii_lowercase())))
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::MailAddress;

    #[test]
    fn an_address_that_could_end_a_header_is_refused() {
        for text in [
            "a@example.com\r\nBcc: b@example.com",
            "a@example.com\nX: y",
            "a@exam\u{0}ple.com",
            "\"a b\"@example.com",
            "a@example.com, b@example.com",
            "Name <a@example.com>",
            "example.com",
            "@example.com",
            "a@",
            "",
        ] {
            assert!(text.parse::<MailAddress>().is_err(), "{text:?}");
        }
        assert!(
            format!("{}@example.com", "a".repeat(250))
                .parse::<MailAddress>()
                .is_err()
        );
    }

    #[test]
    fn the_domain_is_folded_and_the_local_part_is_kept() {
        let address: MailAddress = " Ann.Lee+wt@Example.COM ".parse().unwrap();
        assert_eq!(address.as_str(), "Ann.Lee+wt@example.com");
    }
}
