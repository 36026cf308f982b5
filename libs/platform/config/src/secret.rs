//! A setting that must not be printed.
use std::{convert::Infallible, fmt, str::FromStr};

use secrecy::{ExposeSecret, SecretString};

/// A value given directly or by file (`NAME` or `NAME_FILE`); no `Display`, redacted `Debug`.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// The value, for the one call that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(Self(SecretString::from(value.to_owned())))
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(SecretString::from(value))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_output_never_holds_the_value() {
        let secret = Secret::from("hunter2".to_owned());
        assert_eq!(format!("{:?}", Some(secret)), "Some([redacted])");
    }
}
