//! An `OpenID` Connect provider: what it says of itself, and what it gives for a code.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use moka::future::Cache;
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha512};
use url::Url;
use wt_auth::ForeignKeys;
use wt_outbound::Outbound;

use crate::error::TenantFault;

/// How long a provider's own description is believed.
const DESCRIPTION_TTL: Duration = Duration::from_hours(1);
/// Shortest time between two readings of one key set: tokens signed by unknown keys must not
/// become load on the provider.
const REFETCH_AFTER: Duration = Duration::from_secs(10);
/// Providers remembered at once.
const PROVIDERS_MAX: u64 = 1_000;

/// What a provider says of itself (`OpenID` Connect Discovery §3), as far as it is used.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Description {
    issuer: String,
    #[serde(deserialize_with = "address")]
    pub(crate) authorization_endpoint: Url,
    #[serde(deserialize_with = "address")]
    token_endpoint: Url,
    #[serde(deserialize_with = "address")]
    jwks_uri: Url,
    #[serde(default)]
    userinfo_endpoint: Option<String>,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[derive(Debug)]
struct Known {
    description: Description,
    keys: ForeignKeys,
    fetched_at: Instant,
}

/// Every provider somebody signed in with lately; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Providers {
    outbound: Outbound,
    known: Cache<String, Arc<Known>>,
}

/// What is exchanged for an ID token.
pub(crate) struct Exchange<'a> {
    pub(crate) issuer: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) client_secret: Option<&'a str>,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: &'a str,
    pub(crate) verifier: &'a str,
    pub(crate) nonce: &'a str,
    /// Claim that holds groups; empty for none.
    pub(crate) role_claim: &'a str,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: String,
}

impl Providers {
    /// Asks through a guarded client.
    pub(crate) fn new(outbound: Outbound) -> Self {
        let known = Cache::builder()
            .max_capacity(PROVIDERS_MAX)
            .time_to_live(DESCRIPTION_TTL)
            .build();
        Self { outbound, known }
    }

    /// Reads an issuer's address; it must be one that may be asked.
    pub(crate) fn check_issuer(&self, issuer: &str) -> Result<(), TenantFault> {
        let url: Url = issuer
            .parse()
            .map_err(|_| TenantFault::field("issuer", "not an address"))?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(TenantFault::field("issuer", "has a query"));
        }
        self.outbound
            .check(&url)
            .map_err(|fault| TenantFault::field("issuer", fault))
    }

    /// What the provider says of itself.
    pub(crate) async fn describe(&self, issuer: &str) -> Result<Description, TenantFault> {
        Ok(self.known(issuer).await?.description.clone())
    }

    async fn known(&self, issuer: &str) -> Result<Arc<Known>, TenantFault> {
        self.known
            .try_get_with(issuer.to_owned(), self.fetch(issuer))
            .await
            .map_err(|fault: Arc<TenantFault>| unusable(&fault))
    }

    async fn fetch(&self, issuer: &str) -> Result<Arc<Known>, TenantFault> {
        let place = format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        );
        let place: Url = place.parse().map_err(|_| unusable(&"issuer"))?;
        let description: Description = self.outbound.get(&place).await?;
        // Discovery §4.3: byte for byte, or one provider could speak for another.
        if description.issuer != issuer {
            return Err(unusable(&"its discovery document names another issuer"));
        }
        // The browser is sent there; the guard's rules for addresses hold for it as well.
        self.outbound.check(&description.authorization_endpoint)?;
        let keys = self.outbound.get(&description.jwks_uri).await?;
        Ok(Arc::new(Known {
            description,
            keys: ForeignKeys::from_json(keys)?,
            fetched_at: Instant::now(),
        }))
    }

    /// Exchanges a code for the claims of a verified ID token.
    pub(crate) async fn exchange(
        &self,
        asked: &Exchange<'_>,
    ) -> Result<Map<String, Value>, TenantFault> {
        let mut known = self.known(asked.issuer).await?;
        let tokens = self.tokens(&known.description, asked).await?;
        if !known.keys.knows_key_of(&tokens.id_token) && known.fetched_at.elapsed() > REFETCH_AFTER
        {
            self.known.invalidate(asked.issuer).await;
            known = self.known(asked.issuer).await?;
        }
        let mut claims = known
            .keys
            .verify(&tokens.id_token, asked.issuer, asked.client_id)?;
        check(&claims, &tokens, asked)?;
        let lacks = |name: &str| !name.is_empty() && !claims.contains_key(name);
        if lacks("email") || lacks(asked.role_claim) {
            self.add_userinfo(&mut claims, &known.description, &tokens)
                .await?;
        }
        Ok(claims)
    }

    /// Adds what a thin ID token leaves to the userinfo endpoint (Core §5.3). What the token says
    /// stays; an address and whether it is vouched for come from one place, together.
    async fn add_userinfo(
        &self,
        claims: &mut Map<String, Value>,
        description: &Description,
        tokens: &Tokens,
    ) -> Result<(), TenantFault> {
        let (Some(place), false) = (
            &description.userinfo_endpoint,
            tokens.access_token.is_empty(),
        ) else {
            return Ok(());
        };
        let place: Url = place.parse().map_err(|error| unusable(&error))?;
        let told: Map<String, Value> = self.outbound.get_as(&place, &tokens.access_token).await?;
        // Core §5.3.2: the answer may be about somebody else (token substitution).
        if told.get("sub") != claims.get("sub") {
            return Err(TenantFault::SsoRefused(
                "the provider tells of somebody else",
            ));
        }
        let says_address = ["email", "email_verified"]
            .iter()
            .any(|name| claims.contains_key(*name));
        for (name, value) in told {
            if !(says_address && name.starts_with("email")) {
                claims.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    async fn tokens(
        &self,
        description: &Description,
        asked: &Exchange<'_>,
    ) -> Result<Tokens, TenantFault> {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", asked.code),
            ("redirect_uri", asked.redirect_uri),
            ("code_verifier", asked.verifier),
        ];
        let methods = &description.token_endpoint_auth_methods_supported;
        let supports = |method: &str| methods.iter().any(|known| known == method);
        let encoded = |text: &str| -> String {
            url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
        };
        // Basic is the default (Discovery §3); its two parts are form-encoded (RFC 6749 §2.3.1).
        let basic = match asked.client_secret {
            Some(secret) if supports("client_secret_basic") || !supports("client_secret_post") => {
                Some((encoded(asked.client_id), encoded(secret)))
            }
            Some(secret) => {
                form.extend([("client_id", asked.client_id), ("client_secret", secret)]);
                None
            }
            None => {
                form.push(("client_id", asked.client_id));
                None
            }
        };
        let basic = basic
            .as_ref()
            .map(|(id, secret)| (id.as_str(), secret.as_str()));
        let tokens = self
            .outbound
            .post_form(&description.token_endpoint, &form, basic)
            .await?;
        Ok(tokens)
    }
}

/// What an ID token must say besides signature, issuer, audience and expiry (Core §3.1.3.7).
fn check(
    claims: &Map<String, Value>,
    tokens: &Tokens,
    asked: &Exchange<'_>,
) -> Result<(), TenantFault> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let same = |a: &str, b: &str| verify_slices_are_equal(a.as_bytes(), b.as_bytes()).is_ok();
    if !text("nonce").is_some_and(|nonce| same(nonce, asked.nonce)) {
        return Err(TenantFault::SsoRefused(
            "the sign-in belongs to another browser",
        ));
    }
    let several = matches!(claims.get("aud"), Some(Value::Array(all)) if all.len() > 1);
    match text("azp") {
        Some(party) if party != asked.client_id => {
            return Err(TenantFault::SsoRefused("the token is for another client"));
        }
        None if several || claims.contains_key("azp") => {
            return Err(TenantFault::SsoRefused("the token is for several clients"));
        }
        _ => {}
    }
    match claims.get("at_hash") {
        None => Ok(()),
        Some(Value::String(hash)) if fits(hash, &tokens.access_token) => Ok(()),
        Some(_) => Err(TenantFault::SsoRefused("the access token was exchanged")),
    }
}

/// Left half of the access token's digest (Core §3.1.3.6): SHA-256 for RS256 and ES256, SHA-512
/// for `EdDSA`.
fn fits(hash: &str, access_token: &str) -> bool {
    let token = access_token.as_bytes();
    let halves = [
        Sha256::digest(token).get(..16).map(<[u8]>::to_vec),
        Sha512::digest(token).get(..32).map(<[u8]>::to_vec),
    ];
    halves
        .into_iter()
        .flatten()
        .any(|half| data_encoding::BASE64URL_NOPAD.encode(&half) == hash)
}

fn unusable(reason: &impl std::fmt::Display) -> TenantFault {
    TenantFault::SsoProvider {
        reason: reason.to_string(),
    }
}
