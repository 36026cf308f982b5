//! That a ledger only grew between two signed heads, as a document anybody can check offline.
use serde::{Deserialize, Serialize};
use wt_model::TenantKey;

use crate::{
    Hash, KeyChain, LedgerFault, SignedHead, Succession, Trust, canonical_json, succession,
    verify_consistency,
};

/// The `format` of such a document.
pub const CONSISTENCY_FORMAT: &str = "watchtower.consistency.v1";

/// Largest document that is looked at: two heads, at most 128 hashes and a
/// hundred successions are below this.
pub const CONSISTENCY_BYTES_MAX: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    earlier: SignedHead,
    format: String,
    later: SignedHead,
    path: Vec<Hash>,
    /// How one key of the ledger followed another; none before the first time.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "succession::some"
    )]
    successions: Vec<Succession>,
}

/// What a document that held proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedGrowth {
    /// Whose ledger.
    pub tenant_key: TenantKey,
    /// Size and time of signing (RFC 3339) of the earlier head.
    pub earlier: (u64, String),
    /// Root of the earlier head.
    pub earlier_root: Hash,
    /// Size and time of signing of the later head, which begins with the earlier one.
    pub later: (u64, String),
    /// Root of the later head.
    pub later_root: Hash,
}

/// The canonical bytes of a document.
pub fn seal_consistency(
    earlier: SignedHead,
    later: SignedHead,
    path: Vec<Hash>,
    keys: &KeyChain,
) -> Vec<u8> {
    let document = Document {
        earlier,
        format: CONSISTENCY_FORMAT.to_owned(),
        later,
        path,
        successions: keys.statements().to_vec(),
    };
    // A struct of strings and numbers always becomes a value.
    canonical_json(&serde_json::to_value(document).unwrap_or_default())
}

/// Checks a document with nothing but a public key of the ledger: the bytes are the canonical form
/// (one final line feed is tolerated), `key`, or one it leads to, signed both heads for one organization, and the later
/// tree begins with the earlier one. `organization`, when given, must be theirs.
///
/// # Errors
/// [`LedgerFault`] names the first thing that did not hold; then nothing in it is proven.
pub fn verify_growth(
    bytes: &[u8],
    key: impl Into<Trust>,
    organization: Option<TenantKey>,
) -> Result<VerifiedGrowth, LedgerFault> {
    if bytes.len() > CONSISTENCY_BYTES_MAX {
        return Err(LedgerFault::TooLarge {
            max_bytes: CONSISTENCY_BYTES_MAX,
        });
    }
    let document = parse(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
    let trust = key.into().carried(document.successions)?;
    let earlier = document.earlier.verify_with(&trust)?;
    let later = document.later.verify_with(&trust)?;
    let expected = organization.unwrap_or(earlier.tenant_key);
    if earlier.tenant_key != expected || later.tenant_key != expected {
        return Err(LedgerFault::OtherOrganization {
            expected: expected.to_string(),
        });
    }
    verify_consistency(
        earlier.tree_size,
        &earlier.root_hash,
        later.tree_size,
        &later.root_hash,
        &document.path,
    )?;
    Ok(VerifiedGrowth {
        tenant_key: expected,
        earlier_root: earlier.root_hash,
        later_root: later.root_hash,
        earlier: (earlier.tree_size, earlier.at),
        later: (later.tree_size, later.at),
    })
}

fn parse(bytes: &[u8]) -> Result<Document, LedgerFault> {
    let refused = |reason: String| LedgerFault::NotCanonical { reason };
    let value: serde_json::Value =
        serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
    if canonical_json(&value) != bytes {
        return Err(refused("spacing, order or spelling was changed".to_owned()));
    }
    let document: Document =
        serde_json::from_value(value).map_err(|error| refused(error.to_string()))?;
    if document.format == CONSISTENCY_FORMAT {
        Ok(document)
    } else {
        Err(refused(format!("the format is not {CONSISTENCY_FORMAT}")))
    }
}
