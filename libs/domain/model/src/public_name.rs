//! The name under which an organization shows its tree heads to everybody.
use std::{fmt, str::FromStr};

/// Fewest and most characters of a name.
pub const PUBLIC_NAME_CHARS: std::ops::RangeInclusive<usize> = 3..=63;

/// A name in a public address: small letters, digits and, inside, dashes. One spelling, so that no
/// two names look like one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicName(String);

/// Not such a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 3 to 63 small letters, digits and, inside, dashes")]
pub struct NotAPublicName;

impl PublicName {
    /// The name nobody guesses, of random bytes drawn elsewhere.
    pub fn unguessable(random: [u8; 16]) -> Self {
        let mut name = String::with_capacity(32);
        for byte in random {
            for digit in [byte >> 4, byte & 0x0f] {
                name.extend(char::from_digit(u32::from(digit), 16));
            }
        }
        Self(name)
    }

    /// As it stands in the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicName {
    type Err = NotAPublicName;

    fn from_str(text: &str) -> Result<Self, NotAPublicName> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let inside = text.bytes().all(|byte| plain(byte) || byte == b'-');
        let mut ends = text.bytes().take(1).chain(text.bytes().rev().take(1));
        if PUBLIC_NAME_CHARS.contains(&text.len()) && inside && ends.all(plain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPublicName)
        }
    }
}

impl fmt::Display for PublicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling() {
        for name in ["abc", "a-b", "0-0", &"a".repeat(63)] {
            assert_eq!(name.parse::<PublicName>().unwrap().as_str(), name);
        }
        let long = "a".repeat(64);
        for name in [
            "",
            "ab",
            "-ab",
            "ab-",
            "Abc",
            "a.b",
            "a b",
            "äbc",
            "a/b",
            long.as_str(),
        ] {
            assert!(name.parse::<PublicName>().is_err(), "{name}");
        }
        let drawn = PublicName::unguessable([0xa0; 16]);
        assert_eq!(drawn.as_str(), "a0".repeat(16));
        assert_eq!(drawn.to_string().parse(), Ok(drawn));
    }
}
