//! Published public keys (RFC 7517, RFC 8037).
use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::{AuthFault, PublicKey};

/// A set of Ed25519 public keys by key id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Jwks(BTreeMap<String, PublicKey>);

#[derive(Serialize, Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    #[serde(rename = "use")]
    usage: String,
    alg: String,
    kid: String,
    x: String,
}

impl Jwks {
    /// The set of `keys`.
    pub fn of(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        Self(keys.into_iter().map(|key| (key.key_id(), key)).collect())
    }

    /// The key with this id.
    pub fn get(&self, key_id: &str) -> Option<&PublicKey> {
        self.0.get(key_id)
    }

    /// The names of the keys.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The JSON document to publish.
    pub fn to_json(&self) -> String {
        let keys = self
            .0
            .iter()
            .map(|(id, key)| Jwk {
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                usage: "sig".to_owned(),
                alg: "EdDSA".to_owned(),
                kid: id.clone(),
                x: key.x(),
            })
            .collect();
        // Strings only: serialising cannot fail.
        serde_json::to_string(&Document { keys }).unwrap_or_default()
    }

    /// Reads a document; keys of other kinds are left out, a malformed one refuses all.
    pub fn from_json(json: &str) -> Result<Self, AuthFault> {
        let refuse = AuthFault::Unauthenticated {
            detail: "JWKS is malformed",
        };
        let document: Document = serde_json::from_str(json).map_err(|_| refuse.clone())?;
        let mut keys = BTreeMap::new();
        for jwk in document.keys {
            if jwk.kty != "OKP" || jwk.crv != "Ed25519" || jwk.usage != "sig" {
                continue;
            }
            let raw = URL_SAFE_NO_PAD
                .decode(&jwk.x)
                .ok()
                .and_then(|raw| raw.try_into().ok())
                .ok_or_else(|| refuse.clone())?;
            keys.insert(jwk.kid, PublicKey::from_raw(raw));
        }
        Ok(Self(keys))
    }
}

#[cfg(test)]
mod tests {
    use super::Jwks;
    use crate::SigningKey;

    #[test]
    fn a_published_set_reads_back() {
        let key = SigningKey::generate().unwrap();
        let set = Jwks::of([*key.public()]);
        assert_eq!(Jwks::from_json(&set.to_json()).unwrap(), set);
        assert!(Jwks::from_json("{}").is_err());
    }
}
