//! That a ledger only grew between two signed heads, as a document anybody can check offline.
use serde::{Deserialize, Serialize};
use wt_envelope::VerifyingKey;
use wt_model::TenantKey;

use crate::{Hash, LedgerFault, SignedHead, canonical_json, verify_consistency};

/// The `format` of such a document.
pub const CONSISTENCY_FORMAT: &str = "watchtower.consistency.v1";

/// Largest document that is looked at: two heads and at most 128 hashes are far below this.
pub const CONSISTENCY_BYTES_MAX: usize = 64 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    earlier: SignedHead,
    format: String,
    later: SignedHead,
    path: Vec<Hash>,
}

/// What a document that held proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedGrowth {
    /// Whose ledger.
    pub tenant_key: TenantKey,
    /// Size and time of signing (RFC 3339) of the earlier head.
    pub earlier: (u64, String),
    /// Size and time of signing of the later head, which begins with the earlier one.
    pub later: (u64, String),
}

/// The canonical bytes of a document.
pub fn seal_consistency(earlier: SignedHead, later: SignedHead, path: Vec<Hash>) -> Vec<u8> {
    let document = Document {
        earlier,
        format: CONSISTENCY_FORMAT.to_owned(),
        later,
        path,
    };
    // A struct of strings and numbers always becomes a value.
    canonical_json(&serde_json::to_value(document).unwrap_or_default())
}

/// Checks a document with nothing but the ledger's public key: the bytes are the canonical form
/// (one final line feed is tolerated), `key` signed both heads for one organization, and the later
/// tree begins with the earlier one. `organization`, when given, must be theirs.
///
/// # Errors
/// [`LedgerFault`] names the first thing that did not hold; then nothing in it is proven.
pub fn verify_growth(
    bytes: &[u8],
    key: &VerifyingKey,
    organization: Option<TenantKey>,
) -> Result<VerifiedGrowth, LedgerFault> {
    if bytes.len() > CONSISTENCY_BYTES_MAX {
        return Err(LedgerFault::TooLarge {
            max_bytes: CONSISTENCY_BYTES_MAX,
        });
    }
    let document = parse(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
    let earlier = document.earlier.verify(key)?;
    let later = document.later.verify(key)?;
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
