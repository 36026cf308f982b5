//! Access tokens of people and their API keys: 10 minutes, `EdDSA`, `typ: at+jwt` (RFC 9068).
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wt_model::{Actor, Permission, Principal, PrincipalKind, Role, SessionId, TenantKey, UserId};

use crate::{AuthFault, Jwks, PublicKey, SigningKey, claims};

/// How long an access token lives (contracts §10): a withdrawn role is felt within this time.
pub const ACCESS_TOKEN_TTL: Duration = Duration::from_mins(10);
const TYP: &str = "at+jwt";
const AUDIENCE: &str = "watchtower-api";
const ISSUER: &str = "watchtower";

#[derive(Debug, Serialize, Deserialize)]
struct AccessClaims {
    iss: String,
    aud: String,
    sub: UserId,
    iat: i64,
    nbf: i64,
    exp: i64,
    #[serde(default = "person")]
    kind: PrincipalKind,
    org: Option<TenantKey>,
    roles: BTreeSet<Role>,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    permissions: BTreeSet<Permission>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    groups: BTreeMap<String, BTreeSet<Permission>>,
    /// Absent is no limit; an empty list allows nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    limit: Option<BTreeSet<Permission>>,
    /// Every person has one, no key does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
}

const fn person() -> PrincipalKind {
    PrincipalKind::User
}

/// People have a session, keys have none, services have no access token.
fn check(kind: PrincipalKind, sid: Option<SessionId>) -> Result<(), AuthFault> {
    let refuse = |detail| Err(AuthFault::Unauthenticated { detail });
    match (kind, sid) {
        (PrincipalKind::User, Some(_)) | (PrincipalKind::ApiKey, None) => Ok(()),
        (PrincipalKind::User, None) => refuse("no session"),
        (PrincipalKind::ApiKey, Some(_)) => refuse("an API key has no session"),
        (PrincipalKind::Service, _) => refuse("access tokens are for people and their keys"),
    }
}

/// Signs access tokens; only the tenant service holds one.
#[derive(Debug, Clone)]
pub struct AccessIssuer {
    key: Arc<SigningKey>,
    key_id: String,
    /// Published beside the key that signs: the one before, the one to come.
    others: Vec<PublicKey>,
}

impl AccessIssuer {
    /// Signs with `key`.
    pub fn new(key: SigningKey) -> Self {
        Self::shared(Arc::new(key))
    }

    /// Signs with a key that others hold too.
    pub fn shared(key: Arc<SigningKey>) -> Self {
        Self {
            key_id: key.public().key_id(),
            key,
            others: Vec::new(),
        }
    }

    /// Publishes these keys beside its own: tokens they signed, or are going to sign, are good.
    #[must_use]
    pub fn publishing(mut self, others: impl IntoIterator<Item = PublicKey>) -> Self {
        self.others = others.into_iter().collect();
        self
    }

    /// The name of the key that signs.
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// A token for a signed-in person or an API key; refuses services, and people without a
    /// session.
    pub fn mint(&self, principal: &Principal) -> Result<String, AuthFault> {
        self.sign(principal, i64::MAX)
    }

    /// The same, ending no later than `not_after` (seconds since 1970): an impersonation is over
    /// to the second.
    pub fn mint_until(&self, principal: &Principal, not_after: i64) -> Result<String, AuthFault> {
        self.sign(principal, not_after)
    }

    fn sign(&self, principal: &Principal, not_after: i64) -> Result<String, AuthFault> {
        let refuse = |detail| AuthFault::Unauthenticated { detail };
        check(principal.kind, principal.sid)?;
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let claims = AccessClaims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: principal
                .sub
                .parse()
                .map_err(|_| refuse("subject is no user id"))?,
            iat: now,
            nbf: now,
            exp: not_after.min(now + i64::try_from(ACCESS_TOKEN_TTL.as_secs()).unwrap_or_default()),
            kind: principal.kind,
            org: principal.tenant_key,
            roles: principal.roles.clone(),
            permissions: principal.permissions.clone(),
            groups: principal.groups.clone(),
            limit: principal.limit.clone(),
            sid: principal.sid,
            act: principal.act.clone(),
        };
        claims::sign(&self.key, &self.key_id, TYP, &claims)
    }

    /// The public keys to publish.
    pub fn jwks(&self) -> Jwks {
        Jwks::of(self.others.iter().copied().chain([*self.key.public()]))
    }
}

/// Checks access tokens against published keys.
#[derive(Debug, Clone, Default)]
pub struct AccessVerifier {
    keys: Jwks,
}

impl AccessVerifier {
    /// Trusts `keys`.
    pub fn new(keys: Jwks) -> Self {
        Self { keys }
    }

    /// Whether the key that signed `token` is known; if not, the JWKS may have to be fetched
    /// again.
    pub fn knows_key_of(&self, token: &str) -> bool {
        claims::key_id_of(token, TYP).is_ok_and(|id| self.keys.get(&id).is_some())
    }

    /// The person or the key behind a token.
    pub fn verify(&self, token: &str) -> Result<Principal, AuthFault> {
        let key_id = claims::key_id_of(token, TYP)?;
        let key = self.keys.get(&key_id).ok_or(AuthFault::Unauthenticated {
            detail: "token is signed by an unknown key",
        })?;
        let claims: AccessClaims = claims::verify(token, key, AUDIENCE, ISSUER)?;
        check(claims.kind, claims.sid)?;
        Ok(Principal {
            kind: claims.kind,
            sub: claims.sub.to_string(),
            tenant_key: claims.org,
            roles: claims.roles,
            permissions: claims.permissions,
            groups: claims.groups,
            limit: claims.limit,
            sid: claims.sid,
            act: claims.act,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};
    use wt_model::{Permission, Principal, PrincipalKind, Role};

    use super::{AccessIssuer, AccessVerifier, TYP};
    use crate::{SigningKey, claims};

    fn person() -> Principal {
        Principal {
            kind: PrincipalKind::User,
            sub: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            tenant_key: Some("org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
            roles: BTreeSet::from([Role::Operator]),
            permissions: BTreeSet::from([Permission::AuditRead]),
            groups: BTreeMap::from([("shop".to_owned(), [Permission::AssetsRead].into())]),
            limit: Some(BTreeSet::from([Permission::RunsRead])),
            sid: Some("ses_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()),
            act: None,
        }
    }

    fn key() -> Principal {
        Principal {
            kind: PrincipalKind::ApiKey,
            limit: Some(BTreeSet::new()),
            sid: None,
            ..person()
        }
    }

    #[test]
    fn a_minted_token_gives_its_principal_back() {
        let issuer = AccessIssuer::new(SigningKey::generate().unwrap());
        let verifier = AccessVerifier::new(issuer.jwks());
        for principal in [person(), key()] {
            let token = issuer.mint(&principal).unwrap();
            assert_eq!(verifier.verify(&token).unwrap(), principal);
        }
    }

    #[test]
    fn a_person_without_a_session_a_key_with_one_and_a_service_get_no_token() {
        let issuer = AccessIssuer::new(SigningKey::generate().unwrap());
        let service = Principal::service("notify", person().tenant_key.unwrap());
        let sid = person().sid;
        let refused = [
            Principal {
                sid: None,
                ..person()
            },
            Principal { sid, ..key() },
            service,
        ];
        for principal in refused {
            assert!(issuer.mint(&principal).is_err(), "{principal:?}");
        }
    }

    #[test]
    fn a_token_of_another_key_is_refused() {
        let issuer = AccessIssuer::new(SigningKey::generate().unwrap());
        let other = AccessIssuer::new(SigningKey::generate().unwrap());
        let verifier = AccessVerifier::new(other.jwks());
        assert!(verifier.verify(&issuer.mint(&person()).unwrap()).is_err());
    }

    /// Promises §3, U1: each of these was accepted by some library once.
    #[test]
    fn malformed_or_missing_claims_are_refused() {
        let key = SigningKey::generate().unwrap();
        let id = key.public().key_id();
        let verifier = AccessVerifier::new(crate::Jwks::of([*key.public()]));
        let now = time::OffsetDateTime::now_utc().unix_timestamp();
        let good = json!({
            "iss": "watchtower", "aud": "watchtower-api", "sub": person().sub, "iat": now,
            "nbf": now, "exp": now + 60, "org": null, "roles": [],
            "sid": "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        });
        let token = |claims: &Value| claims::sign(&key, &id, TYP, claims).unwrap();
        assert!(verifier.verify(&token(&good)).is_ok());
        let bad = [
            ("exp", json!((now + 60).to_string())),
            ("exp", json!([now + 60])),
            ("exp", json!(now - 60)),
            ("exp", Value::Null),
            ("nbf", json!(now + 60)),
            ("aud", json!("somebody-else")),
            ("iss", json!("somebody-else")),
            ("sub", json!("not-a-user")),
            ("kind", json!("service")),
            ("kind", json!("api_key")),
            ("permissions", json!(["everything"])),
            ("limit", json!("none")),
        ];
        for (claim, value) in bad {
            let mut claims = good.clone();
            claims[claim] = value.clone();
            assert!(
                verifier.verify(&token(&claims)).is_err(),
                "{claim}: {value}"
            );
        }
        for claim in ["exp", "nbf", "iat", "aud", "iss", "sub", "sid"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(claim);
            assert!(verifier.verify(&token(&claims)).is_err(), "without {claim}");
        }
    }

    #[test]
    fn a_token_of_another_type_or_algorithm_is_refused() {
        let key = SigningKey::generate().unwrap();
        let id = key.public().key_id();
        let issuer = AccessIssuer::new(SigningKey::from_pem(&key.to_pem(), "test").unwrap());
        let verifier = AccessVerifier::new(issuer.jwks());
        let token = issuer.mint(&person()).unwrap();
        let payload = token.split('.').nth(1).unwrap();
        let claims: Value = jsonwebtoken::dangerous::insecure_decode_claims(&token).unwrap();
        assert!(
            verifier
                .verify(&claims::sign(&key, &id, "JWT", &claims).unwrap())
                .is_err()
        );
        // {"alg":"none","typ":"at+jwt","kid":"x"}
        let none = format!("eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0Iiwia2lkIjoieCJ9.{payload}.");
        assert!(verifier.verify(&none).is_err());
    }
}
