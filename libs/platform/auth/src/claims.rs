//! What every token of ours must say, and how it is signed and read.
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};

use crate::{AuthFault, PublicKey, SigningKey};

/// Claims without which a token is refused (RFC 8725 §3; promises §3).
const REQUIRED: [&str; 6] = ["exp", "nbf", "iat", "aud", "iss", "sub"];
/// Clock difference forgiven between two machines, in seconds.
const LEEWAY_SECONDS: u64 = 5;
/// Longest token looked at, in bytes; ours are under 2 kB.
const TOKEN_BYTES_MAX: usize = 8 * 1024;

pub(crate) fn sign(
    key: &SigningKey,
    key_id: &str,
    typ: &str,
    claims: &impl Serialize,
) -> Result<String, AuthFault> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(typ.to_owned());
    header.kid = Some(key_id.to_owned());
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(key.pkcs8_der())).map_err(
        |_| AuthFault::Unauthenticated {
            detail: "token cannot be signed",
        },
    )
}

/// The key id a token names, if its header is one of ours.
pub(crate) fn key_id_of(token: &str, typ: &str) -> Result<String, AuthFault> {
    let refuse = |detail| AuthFault::Unauthenticated { detail };
    if token.len() > TOKEN_BYTES_MAX {
        return Err(refuse("token is too long"));
    }
    let header =
        jsonwebtoken::decode_header(token).map_err(|_| refuse("token header is malformed"))?;
    // An extension that must be understood (RFC 7515 §4.1.11): we know none, and the library
    // does not look.
    if header.crit.is_some() {
        return Err(refuse("token has a critical extension"));
    }
    if header.alg != Algorithm::EdDSA {
        return Err(refuse("token algorithm is not EdDSA"));
    }
    if header.typ.as_deref() != Some(typ) {
        return Err(refuse("token is of another type"));
    }
    header.kid.ok_or(refuse("token names no key"))
}

pub(crate) fn verify<C: DeserializeOwned>(
    token: &str,
    key: &PublicKey,
    audience: &str,
    issuer: &str,
) -> Result<C, AuthFault> {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_required_spec_claims(&REQUIRED);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[issuer]);
    validation.validate_nbf = true;
    validation.leeway = LEEWAY_SECONDS;
    jsonwebtoken::decode::<C>(token, &DecodingKey::from_ed_der(key.raw()), &validation)
        .map(|data| data.claims)
        .map_err(|error| AuthFault::Unauthenticated {
            detail: detail(&error),
        })
}

fn detail(error: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind as K;
    match error.kind() {
        K::ExpiredSignature => "token has expired",
        K::ImmatureSignature => "token is not valid yet",
        K::InvalidSignature => "token signature is wrong",
        K::InvalidAudience => "token is for another audience",
        K::InvalidIssuer => "token is from another issuer",
        K::MissingRequiredClaim(_) => "token lacks a required claim",
        _ => "token is malformed",
    }
}
