//! Bearer tokens of issuers an operator trusts: Clerk, Auth0, Keycloak and their like.
//!
//! An issuer says who somebody is; which organization and role that is here, this file says.
//! Keys are read from the configured address only, again when a token names an unknown one (not
//! more often than every ten seconds) and at least hourly, so rotation needs no restart.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use url::Url;
use wt_auth::{AuthFault, ForeignKeys, claimed_issuer};
use wt_model::{Principal, PrincipalKind, Role, TenantKey, TypedId, UserId};
use wt_outbound::Outbound;

/// Shortest time between two readings of one key set.
const REFETCH_AFTER: Duration = Duration::from_secs(10);
/// Longest time a key set is believed: a withdrawn key is refused within it.
const KEYS_TTL: Duration = Duration::from_hours(1);
/// What our own tokens name as issuer; nobody else may.
const OWN_ISSUER: &str = "watchtower";

/// One entry of the file of `WT_TRUSTED_ISSUERS_FILE`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Setting {
    /// `iss` of its tokens.
    issuer: String,
    /// `aud` its tokens must have.
    audience: String,
    /// Where its keys are.
    jwks_url: String,
    /// Claim that names the organization: a name, or a JSON pointer such as `/o/id`.
    organization_claim: String,
    /// Which organization that is here.
    organizations: BTreeMap<String, TenantKey>,
    /// Claim that names the person.
    #[serde(default = "sub")]
    user_claim: String,
    /// Claim that holds their role, or several.
    #[serde(default)]
    role_claim: String,
    /// Which role that is here.
    #[serde(default)]
    roles: BTreeMap<String, Role>,
    /// Role where none fits; absent refuses.
    #[serde(default)]
    default_role: Option<Role>,
}

fn sub() -> String {
    "sub".to_owned()
}

#[derive(Debug)]
struct Issuer {
    setting: Setting,
    jwks_url: Url,
    keys: RwLock<Arc<ForeignKeys>>,
    fetched_at: Mutex<Option<Instant>>,
}

/// Every trusted issuer, by what its tokens name.
#[derive(Debug)]
pub(crate) struct ExternalIssuers {
    issuers: BTreeMap<String, Issuer>,
    outbound: Outbound,
}

impl ExternalIssuers {
    /// Reads the file; none trusts nobody.
    ///
    /// # Errors
    /// The file cannot be read, or an entry cannot be used; the text names it.
    pub(crate) fn load(path: Option<&Path>, outbound: Outbound) -> Result<Self, String> {
        let mut issuers = BTreeMap::new();
        if let Some(path) = path {
            let text = std::fs::read_to_string(path)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let settings: Vec<Setting> = serde_json::from_str(&text)
                .map_err(|error| format!("{}: {error}", path.display()))?;
            for setting in settings {
                let name = setting.issuer.clone();
                let issuer = Issuer::new(setting, &outbound)
                    .map_err(|reason| format!("trusted issuer {name}: {reason}"))?;
                if issuers.insert(name.clone(), issuer).is_some() {
                    return Err(format!("trusted issuer {name}: is there twice"));
                }
            }
        }
        Ok(Self { issuers, outbound })
    }

    /// The trusted issuer a token names, if it names one: nothing of the token is believed yet.
    fn issuer_of(&self, token: &str) -> Option<&Issuer> {
        if self.issuers.is_empty() {
            return None;
        }
        self.issuers.get(&claimed_issuer(token)?)
    }

    /// Who a token stands for; none if it names no trusted issuer.
    pub(crate) async fn identify(&self, token: &str) -> Option<Result<Principal, AuthFault>> {
        let issuer = self.issuer_of(token)?;
        let keys = issuer.keys_for(token, &self.outbound).await;
        let setting = &issuer.setting;
        Some(
            keys.verify(token, &setting.issuer, &setting.audience)
                .and_then(|claims| principal(setting, &claims)),
        )
    }
}

impl Issuer {
    fn new(setting: Setting, outbound: &Outbound) -> Result<Self, String> {
        let jwks_url: Url = setting
            .jwks_url
            .parse()
            .map_err(|error| format!("jwks_url: {error}"))?;
        outbound
            .check(&jwks_url)
            .map_err(|fault| fault.to_string())?;
        if setting.issuer.is_empty() || setting.issuer == OWN_ISSUER {
            return Err("issuer: not one of others".to_owned());
        }
        if setting.audience.is_empty() {
            return Err("audience: empty, so any token of the issuer would do".to_owned());
        }
        let given = setting.roles.values().chain(&setting.default_role);
        if given.into_iter().any(|role| *role == Role::PlatformAdmin) {
            return Err("roles: platform_admin is not an issuer's to give".to_owned());
        }
        Ok(Self {
            setting,
            jwks_url,
            keys: RwLock::default(),
            fetched_at: Mutex::new(None),
        })
    }

    fn current(&self) -> Arc<ForeignKeys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn keys_for(&self, token: &str, outbound: &Outbound) -> Arc<ForeignKeys> {
        let mut fetched_at = self.fetched_at.lock().await;
        let age = fetched_at.map(|at| at.elapsed());
        let known = self.current();
        let fresh = age.is_some_and(|age| age < KEYS_TTL);
        let just_read = age.is_some_and(|age| age < REFETCH_AFTER);
        if just_read || (fresh && known.knows_key_of(token)) {
            return known;
        }
        let read = outbound.get::<Value>(&self.jwks_url).await;
        // Also after a failure: an issuer that is away must not be asked by every request.
        *fetched_at = Some(Instant::now());
        match read.map(ForeignKeys::from_json) {
            Ok(Ok(keys)) => {
                let keys = Arc::new(keys);
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
                keys
            }
            Ok(Err(fault)) => self.keep(known, &fault),
            Err(fault) => self.keep(known, &fault),
        }
    }

    /// What was read before stays in use while the issuer is away.
    fn keep(&self, known: Arc<ForeignKeys>, fault: &dyn std::error::Error) -> Arc<ForeignKeys> {
        tracing::warn!(
            issuer = self.setting.issuer,
            error = %wt_fault::chain(fault),
            "a trusted issuer's keys cannot be read"
        );
        known
    }
}

/// A claim by name, or by JSON pointer (RFC 6901).
fn claim<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let Some(pointer) = name.strip_prefix('/') else {
        return claims.get(name);
    };
    let (first, rest) = pointer.split_once('/').unwrap_or((pointer, ""));
    let value = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
    if rest.is_empty() {
        Some(value)
    } else {
        value.pointer(&format!("/{rest}"))
    }
}

/// Who the claims of a verified token stand for here.
fn principal(setting: &Setting, claims: &Map<String, Value>) -> Result<Principal, AuthFault> {
    let refuse = |detail| AuthFault::Unauthenticated { detail };
    let text = |name: &str| claim(claims, name).and_then(Value::as_str);
    let user = text(&setting.user_claim)
        .filter(|user| !user.is_empty())
        .ok_or(refuse("foreign token names nobody"))?;
    let tenant_key = text(&setting.organization_claim)
        .and_then(|name| setting.organizations.get(name))
        .ok_or(refuse("foreign token names no organization of ours"))?;
    let said: Vec<&str> = match claim(claims, &setting.role_claim) {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let mut roles: BTreeSet<Role> = said
        .iter()
        .filter_map(|role| setting.roles.get(*role).copied())
        .collect();
    if roles.is_empty() {
        roles.extend(setting.default_role);
    }
    if roles.is_empty() {
        return Err(refuse("foreign token gives no role"));
    }
    Ok(Principal {
        kind: PrincipalKind::User,
        sub: user_id(&setting.issuer, user).to_string(),
        tenant_key: Some(*tenant_key),
        roles,
        ..Principal::nobody()
    })
}

/// A name of ours for somebody else's person: always the same, and no account's, because it is
/// drawn from a digest and accounts' ids from the clock.
fn user_id(issuer: &str, user: &str) -> UserId {
    let digest = Sha256::new()
        .chain_update("watchtower external user v1")
        .chain_update([0])
        .chain_update(issuer)
        .chain_update([0])
        .chain_update(user)
        .finalize();
    let first = digest.first_chunk::<16>().copied().unwrap_or_default();
    // The first bit set: no account of ours has it before the year 6429.
    UserId::from_ulid((u128::from_be_bytes(first) | (1 << 127)).into())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};
    use wt_model::Role;

    use super::{Setting, claim, principal};

    fn setting() -> Setting {
        serde_json::from_value(json!({
            "issuer": "https://clerk.example", "audience": "watchtower",
            "jwks_url": "https://clerk.example/jwks", "organization_claim": "/o/id",
            "organizations": {"org_2x": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV"},
            "role_claim": "/o/rol", "roles": {"admin": "admin", "member": "viewer"},
        }))
        .unwrap()
    }

    fn claims(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_file_says_which_organization_and_role_a_claim_is() {
        let told = json!({"sub": "user_1", "o": {"id": "org_2x", "rol": "admin"}});
        let known = principal(&setting(), &claims(told.clone())).unwrap();
        assert_eq!(known.roles, [Role::Admin].into());
        assert!(known.sub.starts_with("usr_"));
        assert_eq!(principal(&setting(), &claims(told)).unwrap().sub, known.sub);
        for bad in [
            json!({"sub": "user_1", "o": {"id": "org_3x", "rol": "admin"}}),
            json!({"sub": "user_1", "o": {"id": "org_2x", "rol": "owner"}}),
            json!({"sub": "", "o": {"id": "org_2x", "rol": "admin"}}),
            json!({"sub": "user_1", "org_id": "org_2x"}),
        ] {
            assert!(
                principal(&setting(), &claims(bad.clone())).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_claim_is_named_or_pointed_to() {
        let told = claims(json!({"https://a.example/org": "1", "o": {"id": "2"}}));
        assert_eq!(claim(&told, "https://a.example/org"), Some(&json!("1")));
        assert_eq!(claim(&told, "/o/id"), Some(&json!("2")));
        assert_eq!(claim(&told, "/o/id/x"), None);
    }
}
