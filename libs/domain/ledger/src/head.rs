//! A signed statement of what an organization's tree was at a moment.
use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use wt_envelope::{SigningKey, VerifyingKey, pae};
use wt_model::TenantKey;

use crate::{Hash, LedgerFault, Trust, canonical_json};

/// Media type a head is signed under: a head's signature is good for nothing else.
pub const HEAD_TYPE: &str = "application/vnd.watchtower.tree-head.v1+json";
/// Media type the head of an audit chain is signed under: the two trees of one organization are
/// signed by one key, and neither's head may pass for the other's.
pub const AUDIT_HEAD_TYPE: &str = "application/vnd.watchtower.audit-head.v1+json";

/// The state of one organization's tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TreeHead {
    /// When it was signed, RFC 3339 in UTC.
    pub at: String,
    /// Root over all leaves.
    pub root_hash: Hash,
    /// Whose tree.
    pub tenant_key: TenantKey,
    /// How many leaves.
    pub tree_size: u64,
}

/// A head and the ledger key's signature over its canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedHead {
    /// When it was signed, RFC 3339 in UTC.
    pub at: String,
    /// SHA-256 of the signing key's SPKI, hex.
    pub key_id: String,
    /// Root over all leaves.
    pub root_hash: Hash,
    /// Ed25519 signature over the pre-authentication encoding of the head, base64.
    pub signature: String,
    /// Whose tree.
    pub tenant_key: TenantKey,
    /// How many leaves.
    pub tree_size: u64,
}

impl TreeHead {
    /// Signs this head of a ledger.
    pub fn sign(self, key: &SigningKey) -> SignedHead {
        self.sign_as(HEAD_TYPE, key)
    }

    /// Signs this head of an audit chain.
    pub fn sign_audit(self, key: &SigningKey) -> SignedHead {
        self.sign_as(AUDIT_HEAD_TYPE, key)
    }

    fn sign_as(self, media_type: &str, key: &SigningKey) -> SignedHead {
        let signature = BASE64.encode(&key.sign_bytes(&self.signed_bytes(media_type)));
        SignedHead {
            at: self.at,
            key_id: key.public().key_id().to_string(),
            root_hash: self.root_hash,
            signature,
            tenant_key: self.tenant_key,
            tree_size: self.tree_size,
        }
    }

    fn signed_bytes(&self, media_type: &str) -> Vec<u8> {
        // A struct of strings and numbers always becomes a value.
        let value = serde_json::to_value(self).unwrap_or_default();
        pae(media_type, &canonical_json(&value))
    }
}

impl SignedHead {
    /// The head of a ledger, if `key` signed exactly it.
    pub fn verify(&self, key: &VerifyingKey) -> Result<TreeHead, LedgerFault> {
        self.verify_as(HEAD_TYPE, key)
    }

    /// The head of an audit chain, if `key` signed exactly it.
    pub fn verify_audit(&self, key: &VerifyingKey) -> Result<TreeHead, LedgerFault> {
        self.verify_as(AUDIT_HEAD_TYPE, key)
    }

    /// The head of a ledger, if a trusted key signed exactly it in its time.
    pub fn verify_with(&self, trust: &Trust) -> Result<TreeHead, LedgerFault> {
        self.verify_as(HEAD_TYPE, &trust.key(&self.key_id, &self.at)?)
    }

    /// As [`SignedHead::verify_with`], of an audit chain.
    pub(crate) fn verify_audit_by(&self, trust: &Trust) -> Result<TreeHead, LedgerFault> {
        self.verify_as(AUDIT_HEAD_TYPE, &trust.key(&self.key_id, &self.at)?)
    }

    fn verify_as(&self, media_type: &str, key: &VerifyingKey) -> Result<TreeHead, LedgerFault> {
        let head = TreeHead {
            at: self.at.clone(),
            root_hash: self.root_hash,
            tenant_key: self.tenant_key,
            tree_size: self.tree_size,
        };
        let signature = BASE64
            .decode(self.signature.as_bytes())
            .map_err(|_| LedgerFault::HeadNotTrusted)?;
        // The id decides nothing, but one that names another key is a changed byte.
        let named = self.key_id == key.key_id().as_str();
        if named && key.accepts(&head.signed_bytes(media_type), &signature) {
            Ok(head)
        } else {
            Err(LedgerFault::HeadNotTrusted)
        }
    }
}
