//! `vault+https://host/transit/keys/NAME`: which key of which service wraps data keys.
use std::{fmt, str::FromStr};

use url::{Host, Url};

/// Longest mount path or name of a key that is kept beside what it wrapped.
const WORD_BYTES_MAX: usize = 128;

/// A key of a Transit secrets engine (`HashiCorp` Vault, `OpenBao`).
#[derive(Clone, PartialEq, Eq)]
pub struct KmsAddress {
    /// `https://host:port/v1/<mount>`
    engine: String,
    mount: String,
    name: String,
}

impl KmsAddress {
    /// Where an operation of the key is: `encrypt`, `decrypt` or `keys`.
    pub(super) fn operation(&self, operation: &str) -> String {
        format!("{}/{operation}/{}", self.engine, self.name)
    }

    /// What is stored beside what version `version` of the key wrapped.
    pub(super) fn id(&self, version: u64) -> String {
        format!("{}v{version}", self.id_prefix())
    }

    /// Whether an id is of this key, whichever version.
    pub(super) fn wrapped(&self, id: &str) -> bool {
        id.starts_with(&self.id_prefix())
    }

    fn id_prefix(&self) -> String {
        format!("transit:{}/{}:", self.mount, self.name)
    }

    /// Whether the way there is encrypted; it need not be on this machine.
    pub(super) fn is_encrypted(&self) -> bool {
        self.engine.starts_with("https:")
    }
}

impl fmt::Debug for KmsAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KmsAddress({}, {})", self.engine, self.name)
    }
}

impl FromStr for KmsAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "expected vault+https://host/transit/keys/NAME".to_owned();
        let plain = text.strip_prefix("vault+").ok_or_else(wrong)?;
        let url: Url = plain.parse().map_err(|_| wrong())?;
        let is_here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => return Err(wrong()),
        };
        match url.scheme() {
            "https" => {}
            // An agent on this machine that keeps the way to the service.
            "http" if is_here => {}
            "http" => return Err("plain http is for an agent on this machine".to_owned()),
            _ => return Err(wrong()),
        }
        if !url.username().is_empty()
            || url.password().is_some()
            || url.query().is_some()
            || url.fragment().is_some()
        {
            return Err(wrong());
        }
        let (mount, name) = url
            .path()
            .trim_start_matches('/')
            .split_once("/keys/")
            .ok_or_else(wrong)?;
        let is_word = |word: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
            !word.is_empty() && word != ".." && word != "." && word.chars().all(plain)
        };
        let is_short = mount.len() <= WORD_BYTES_MAX && name.len() <= WORD_BYTES_MAX;
        if !is_short || !mount.split('/').all(is_word) || !is_word(name) {
            return Err(wrong());
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self {
            engine: format!("{origin}/v1/{mount}"),
            mount: mount.to_owned(),
            name: name.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::KmsAddress;

    #[test]
    fn an_address_names_one_key_behind_an_encrypted_way() {
        let key: KmsAddress = "vault+https://kms.example:8200/ops/transit/keys/watchtower"
            .parse()
            .unwrap();
        assert_eq!(
            key.operation("encrypt"),
            "https://kms.example:8200/v1/ops/transit/encrypt/watchtower"
        );
        let id = key.id(3);
        assert_eq!(id, "transit:ops/transit/watchtower:v3");
        assert!(key.wrapped(&id) && !key.wrapped("transit:ops/transit/watchtower2:v3"));
        for here in ["127.0.0.1:8200", "[::1]:8200", "localhost"] {
            let address = format!("vault+http://{here}/transit/keys/a");
            assert!(address.parse::<KmsAddress>().is_ok(), "{here}");
        }
        for wrong in [
            "https://kms.example/transit/keys/a",
            "vault+http://kms.example/transit/keys/a",
            "vault+ftp://kms.example/transit/keys/a",
            "vault+https://token@kms.example/transit/keys/a",
            "vault+https://kms.example/transit/keys/a?b",
            "vault+https://kms.example/transit/keys/",
            "vault+https://kms.example/keys/a",
            "vault+https://kms.example/transit/keys/a/b",
            "vault+https://kms.example/transit/keys/%2e%2e",
            "",
        ] {
            assert!(wrong.parse::<KmsAddress>().is_err(), "{wrong}");
        }
    }
}
