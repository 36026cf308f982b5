//! Hands out every public key that ever signed, and how each followed another.
use axum::{
    Json,
    extract::State,
    http::{HeaderName, header},
};
use serde::Serialize;
use utoipa::ToSchema;
use wt_ledger::Succession;
use wt_proto::results::{self as wire, ListLedgerKeysRequest};

use crate::{
    Edge,
    rest::{access::Passerby, moment::Moment, problem::Problem},
};

/// The `format` of the answer, so that a file it was kept in says what it is.
const FORMAT: &str = "watchtower.ledger-keys.v1";
/// Keys change once in years, and are announced before they sign.
const CACHE: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=300");

/// A public key, and when it signs.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatedLedgerKey {
    /// Its name in packets and heads.
    key_id: String,
    /// `Ed25519`.
    algorithm: &'static str,
    /// SPKI PEM.
    public_key_pem: String,
    /// Its first moment; none for the first key.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<Moment>,
    /// The first moment at which it signs no longer; none for the newest key.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<Moment>,
}

impl From<wire::LedgerKey> for DatedLedgerKey {
    fn from(key: wire::LedgerKey) -> Self {
        Self {
            key_id: key.key_id,
            algorithm: "Ed25519",
            public_key_pem: key.public_key_pem,
            valid_from: Moment::maybe(key.valid_from.as_ref()),
            valid_until: Moment::maybe(key.valid_until.as_ref()),
        }
    }
}

/// That one key follows another, signed by both (docs/contracts/ledger-keys.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerSuccession {
    /// First moment of the new key, RFC 3339 in UTC and whole seconds, as it was signed.
    at: String,
    /// The old key: SPKI DER.
    #[schema(format = "byte")]
    from: String,
    /// The old key's Ed25519 signature.
    #[schema(format = "byte")]
    from_signature: String,
    /// The new key: SPKI DER.
    #[schema(format = "byte")]
    to: String,
    /// The new key's Ed25519 signature.
    #[schema(format = "byte")]
    to_signature: String,
}

/// Every key that signed, and the proof that they follow each other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LedgerKeys {
    /// `watchtower.ledger-keys.v1`.
    format: &'static str,
    /// First to last.
    keys: Vec<DatedLedgerKey>,
    /// First to last; what `watchtower verify-packet --keys` reads.
    successions: Vec<LedgerSuccession>,
}

/// The statement as the ledger checks it.
pub(crate) fn said(wire: &wire::LedgerSuccession) -> Succession {
    Succession {
        at: wire.at.clone(),
        from: wire.from.clone(),
        from_signature: wire.from_signature.clone(),
        to: wire.to.clone(),
        to_signature: wire.to_signature.clone(),
    }
}

impl From<wire::LedgerSuccession> for LedgerSuccession {
    fn from(said: wire::LedgerSuccession) -> Self {
        Self {
            at: said.at,
            from: said.from,
            from_signature: said.from_signature,
            to: said.to,
            to_signature: said.to_signature,
        }
    }
}

/// Every public key that signs or signed tree heads of this installation, and the statements by
/// which each named the next. No secret, and the same for everybody.
#[utoipa::path(get, path = "/ledger/keys", tag = "ledger",
    responses((status = 200, description = "docs/contracts/ledger-keys.md", body = LedgerKeys)),
    security(()))]
pub(crate) async fn list_ledger_keys(
    State(edge): State<Edge>,
    _passerby: Passerby,
) -> Result<([(HeaderName, &'static str); 1], Json<LedgerKeys>), Problem> {
    let answer = edge
        .clients()
        .nobody_reading()?
        .list_ledger_keys(ListLedgerKeysRequest {})
        .await?
        .into_inner();
    let keys = LedgerKeys {
        format: FORMAT,
        keys: answer.keys.into_iter().map(Into::into).collect(),
        successions: answer.successions.into_iter().map(Into::into).collect(),
    };
    Ok(([CACHE], Json(keys)))
}
