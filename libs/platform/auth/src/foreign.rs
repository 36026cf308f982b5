//! Tokens that other issuers signed: identity providers and trusted external issuers.
//!
//! RFC 8725 is the checklist: the algorithm is one of three and fits the key, a key comes only
//! from the issuer's own set and never from the token, and issuer, audience and expiry are
//! always there and checked.
use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use serde_json::{Map, Value};

use crate::AuthFault;

/// Clock difference forgiven to a machine that is not ours, in seconds.
const LEEWAY_SECONDS: u64 = 60;
/// Longest token looked at, in bytes; identity providers put many groups into theirs.
const TOKEN_BYTES_MAX: usize = 16 * 1024;
/// Most keys of one issuer.
const KEYS_MAX: usize = 64;
/// Shortest RSA modulus in bytes: 2048 bits (NIST SP 800-131A).
const RSA_BYTES_MIN: usize = 256;

fn refuse(detail: &'static str) -> AuthFault {
    AuthFault::Unauthenticated { detail }
}

/// The signing keys one issuer publishes that we would take: RSA for RS256, P-256 for ES256 and
/// Ed25519 for `EdDSA`.
#[derive(Debug, Clone, Default)]
pub struct ForeignKeys(Vec<(Jwk, Algorithm)>);

impl ForeignKeys {
    /// Reads a key set (RFC 7517); what we would not take is left out.
    pub fn from_json(mut document: Value) -> Result<Self, AuthFault> {
        let keys = document.as_object_mut().and_then(|set| set.remove("keys"));
        let Some(Value::Array(keys)) = keys else {
            return Err(refuse("key set is malformed"));
        };
        if keys.len() > KEYS_MAX {
            return Err(refuse("key set is too long"));
        }
        Ok(Self(keys.into_iter().filter_map(usable).collect()))
    }

    /// Whether the key a token names is in this set.
    pub fn knows_key_of(&self, token: &str) -> bool {
        header_of(token).is_ok_and(|header| self.key_of(&header).is_ok())
    }

    fn key_of(&self, header: &Header) -> Result<&Jwk, AuthFault> {
        let mut fitting = self.0.iter().filter(|(jwk, algorithm)| {
            *algorithm == header.alg && (header.kid.is_none() || jwk.common.key_id == header.kid)
        });
        match (fitting.next(), fitting.next()) {
            (Some((jwk, _)), None) => Ok(jwk),
            _ => Err(refuse("token is signed by an unknown key")),
        }
    }

    /// The claims of a token of `issuer` for `audience`.
    pub fn verify(
        &self,
        token: &str,
        issuer: &str,
        audience: &str,
    ) -> Result<Map<String, Value>, AuthFault> {
        let header = header_of(token)?;
        let key = DecodingKey::from_jwk(self.key_of(&header)?)
            .map_err(|_| refuse("issuer's key is malformed"))?;
        let mut validation = Validation::new(header.alg);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY_SECONDS;
        let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation)
            .map_err(|_| refuse("foreign token is wrong, expired, or for somebody else"))?
            .claims;
        let latest = time::OffsetDateTime::now_utc().unix_timestamp()
            + i64::try_from(LEEWAY_SECONDS).unwrap_or_default();
        match claims.get("iat").map(Value::as_i64) {
            Some(Some(at)) if at <= latest => Ok(claims),
            _ => Err(refuse("foreign token says no time, or a later one")),
        }
    }
}

/// A key with the one algorithm it may be used for.
fn usable(value: Value) -> Option<(Jwk, Algorithm)> {
    let jwk: Jwk = serde_json::from_value(value).ok()?;
    if !matches!(
        jwk.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    ) {
        return None;
    }
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            let modulus = URL_SAFE_NO_PAD.decode(&rsa.n).ok()?;
            let length = modulus.iter().skip_while(|byte| **byte == 0).count();
            (length >= RSA_BYTES_MIN).then_some((Algorithm::RS256, KeyAlgorithm::RS256))?
        }
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let fits = jwk.common.key_algorithm.is_none_or(|said| said == named);
    fits.then_some((jwk, algorithm))
}

fn header_of(token: &str) -> Result<Header, AuthFault> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(refuse("token is too long"));
    }
    let header =
        jsonwebtoken::decode_header(token).map_err(|_| refuse("token header is malformed"))?;
    // We understand no extension (RFC 7515 §4.1.11).
    if header.crit.is_some() {
        return Err(refuse("token asks for an extension"));
    }
    Ok(header)
}

/// The issuer a token says it has, before anything of it is believed: only to find whose keys
/// to check it with.
pub fn claimed_issuer(token: &str) -> Option<String> {
    header_of(token).ok()?;
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    Some(claims.get("iss")?.as_str()?.to_owned())
}
