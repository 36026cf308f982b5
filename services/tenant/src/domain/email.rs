//! E-mail addresses as identities: compared without regard to case, never rewritten otherwise.

use crate::error::TenantFault;

/// RFC 5321 §4.5.3.1: 64 + 1 + 255 octets, and 254 in practice (RFC 3696 erratum 1690).
const EMAIL_BYTES_MAX: usize = 254;

/// A plausible address; whether it exists is known only after a mail was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email(String);

impl Email {
    /// Reads an address.
    pub(crate) fn parse(text: &str) -> Result<Self, TenantFault> {
        let fits = text.len() <= EMAIL_BYTES_MAX;
        let text = text.trim();
        let plausible = fits
            && !text
                .chars()
                .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"()".contains(c))
            && text.rsplit_once('@').is_some_and(|(local, domain)| {
                !local.is_empty()
                    && local.len() <= 64
                    && !local.contains('@')
                    && domain.contains('.')
                    && domain
                        .split('.')
                        .all(|label| !label.is_empty() && label.len() <= 63)
            });
        if plausible {
            Ok(Self(text.to_owned()))
        } else {
            Err(TenantFault::field("email", "not an e-mail address"))
        }
    }

    /// The address as it was given.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Email;

    #[test]
    fn an_address_can_carry_no_header_and_no_second_address() {
        for bad in [
            "",
            "a",
            "@b.c",
            "a@b",
            "a@b..c",
            "a@b.c\r\nBcc: d@e.f",
            "a@b.c, d@e.f",
            "a b@c.d",
        ] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
        assert!(Email::parse(" ann+x@example.com ").is_ok());
    }
}
