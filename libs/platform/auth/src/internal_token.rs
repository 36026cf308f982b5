//! Tokens between services: 60 s, one audience, the caller's principal inside (contracts §10).
use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use wt_model::{Principal, PrincipalKind};

use crate::{AuthFault, KeyFault, PublicKey, SigningKey, claims};

/// How long an internal token lives: one call and its retries.
pub const INTERNAL_TOKEN_TTL: Duration = Duration::from_mins(1);
const TYP: &str = "wt-internal+jwt";
const PUBLIC_KEY_SUFFIX: &str = ".pub.pem";

#[derive(Debug, Serialize, Deserialize)]
struct InternalClaims {
    iss: String,
    aud: String,
    sub: String,
    iat: i64,
    nbf: i64,
    exp: i64,
    principal: Option<Principal>,
}

/// A verified caller of an RPC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The service that made the call.
    pub service: String,
    /// On whose behalf; none before sign-in.
    pub principal: Option<Principal>,
}

/// Signs internal tokens in the name of one service.
#[derive(Debug, Clone)]
pub struct InternalIssuer {
    service: &'static str,
    key: Arc<SigningKey>,
}

impl InternalIssuer {
    /// Signs with `key` in the name of `service`.
    pub fn new(service: &'static str, key: SigningKey) -> Self {
        Self {
            service,
            key: Arc::new(key),
        }
    }

    /// The service this issuer speaks for.
    pub fn service(&self) -> &'static str {
        self.service
    }

    /// A token for one call to `audience` on behalf of `principal`.
    pub fn mint(&self, audience: &str, principal: Option<&Principal>) -> Result<String, AuthFault> {
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let claims = InternalClaims {
            iss: self.service.to_owned(),
            aud: audience.to_owned(),
            sub: principal.map_or_else(|| "anonymous".to_owned(), |p| p.sub.clone()),
            iat: now,
            nbf: now,
            exp: now + i64::try_from(INTERNAL_TOKEN_TTL.as_secs()).unwrap_or_default(),
            principal: principal.cloned(),
        };
        // The key id is the service's name: that is what the trust directory is keyed by.
        claims::sign(&self.key, self.service, TYP, &claims)
    }
}

/// Accepts internal tokens addressed to one service.
#[derive(Debug, Clone)]
pub struct InternalVerifier {
    service: &'static str,
    trusted: Arc<BTreeMap<String, PublicKey>>,
}

impl InternalVerifier {
    /// Accepts tokens for `service` from the named issuers.
    pub fn new(
        service: &'static str,
        trusted: impl IntoIterator<Item = (String, PublicKey)>,
    ) -> Self {
        Self {
            service,
            trusted: Arc::new(trusted.into_iter().collect()),
        }
    }

    /// Reads every `<service>.pub.pem` of a directory.
    pub fn load(service: &'static str, dir: &Path) -> Result<Self, KeyFault> {
        let file = |source| KeyFault::File {
            path: dir.display().to_string(),
            source,
        };
        let mut trusted = BTreeMap::new();
        for entry in std::fs::read_dir(dir).map_err(file)? {
            let path = entry.map_err(file)?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if let Some(issuer) = name.strip_suffix(PUBLIC_KEY_SUFFIX) {
                trusted.insert(issuer.to_owned(), PublicKey::load(&path)?);
            }
        }
        Ok(Self {
            service,
            trusted: Arc::new(trusted),
        })
    }

    /// Who calls, by a token for this service.
    pub fn verify(&self, token: &str) -> Result<Caller, AuthFault> {
        let refuse = |detail| AuthFault::Unauthenticated { detail };
        let issuer = claims::key_id_of(token, TYP)?;
        let key = self
            .trusted
            .get(&issuer)
            .ok_or(refuse("token is from a service not trusted here"))?;
        let claims: InternalClaims = claims::verify(token, key, self.service, &issuer)?;
        // Expiry is checked by the library; a lifetime longer than ours is a forged habit.
        let ttl = i64::try_from(INTERNAL_TOKEN_TTL.as_secs()).unwrap_or_default();
        if claims.exp.saturating_sub(claims.iat) > ttl {
            return Err(refuse("token lives too long"));
        }
        if let Some(principal) = &claims.principal {
            let own = principal.kind != PrincipalKind::Service || principal.sub == issuer;
            if principal.sub != claims.sub || !own {
                return Err(refuse("token speaks for another service"));
            }
        }
        Ok(Caller {
            service: issuer,
            principal: claims.principal,
        })
    }
}

#[cfg(test)]
mod tests {
    use wt_model::Principal;

    use super::{InternalIssuer, InternalVerifier};
    use crate::SigningKey;

    fn fixture() -> (InternalIssuer, InternalVerifier, InternalVerifier) {
        let key = SigningKey::generate().unwrap();
        let trusted = [("gateway".to_owned(), *key.public())];
        (
            InternalIssuer::new("gateway", key),
            InternalVerifier::new("results", trusted.clone()),
            InternalVerifier::new("notify", trusted),
        )
    }

    #[test]
    fn a_token_is_good_for_its_audience_only() {
        let (issuer, results, notify) = fixture();
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let principal = Principal::service("gateway", tenant);
        let token = issuer.mint("results", Some(&principal)).unwrap();
        assert_eq!(results.verify(&token).unwrap().principal, Some(principal));
        assert!(notify.verify(&token).is_err());
    }

    #[test]
    fn a_service_cannot_speak_for_another() {
        let (issuer, results, _) = fixture();
        let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let forged = Principal::service("scan-orchestrator", tenant);
        let token = issuer.mint("results", Some(&forged)).unwrap();
        assert!(results.verify(&token).is_err());
    }

    #[test]
    fn an_untrusted_issuer_is_refused() {
        let (_, results, _) = fixture();
        let stranger = InternalIssuer::new("gateway", SigningKey::generate().unwrap());
        assert!(
            results
                .verify(&stranger.mint("results", None).unwrap())
                .is_err()
        );
        let unknown = InternalIssuer::new("mallory", SigningKey::generate().unwrap());
        assert!(
            results
                .verify(&unknown.mint("results", None).unwrap())
                .is_err()
        );
    }
}
