//! An exported audit chain: one header line with the signed head, then every entry in its order
//! (docs/contracts/audit.md). Checked line by line, in constant memory.
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wt_model::TenantKey;

use crate::{
    Frontier, Hash, KeyChain, LedgerFault, SignedHead, Succession, TreeHead, Trust, canonical_json,
    leaf_hash, succession,
};

/// The `format` of an export's header.
pub const AUDIT_FORMAT: &str = "watchtower.audit.v1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    /// Whether entries were left out; then nothing can be proven.
    filtered: bool,
    format: String,
    head: Option<SignedHead>,
    /// How one key of the ledger followed another; none before the first time.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "succession::some"
    )]
    successions: Vec<Succession>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entry: Value,
    hash: Hash,
}

/// The first line of an export, without its line feed. A filtered export has no head: a part of
/// a chain proves nothing about the chain.
pub fn audit_header(head: Option<&SignedHead>, filtered: bool, keys: &KeyChain) -> Vec<u8> {
    let head = head.filter(|_| !filtered);
    let header = Header {
        filtered,
        format: AUDIT_FORMAT.to_owned(),
        successions: head.map_or_else(Vec::new, |_| keys.statements().to_vec()),
        head: head.cloned(),
    };
    // A struct of strings and numbers always becomes a value.
    canonical_json(&serde_json::to_value(header).unwrap_or_default())
}

/// One line of an export, without its line feed.
pub fn audit_line(entry: &Value) -> Vec<u8> {
    let hash = leaf_hash(&canonical_json(entry));
    canonical_json(&json!({"entry": entry, "hash": hash}))
}

/// What an export that held proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedAudit {
    /// Whose chain.
    pub tenant_key: TenantKey,
    /// How many entries, all of them there were when the head was signed.
    pub entries: u64,
    /// Root over them.
    pub root_hash: Hash,
    /// When the head was signed, RFC 3339.
    pub signed_at: String,
}

/// A check under way.
#[derive(Debug)]
pub struct AuditCheck {
    head: TreeHead,
    frontier: Frontier,
}

impl AuditCheck {
    /// Begins with the header line. `organization`, when given, must be the chain's.
    ///
    /// # Errors
    /// Not a header, a filtered export, a head that neither `key` nor one it leads to signed in its
    /// time, another organization.
    pub fn begin(
        header: &[u8],
        key: impl Into<Trust>,
        organization: Option<TenantKey>,
    ) -> Result<Self, LedgerFault> {
        let header: Header = parse(1, header)?;
        if header.format != AUDIT_FORMAT {
            return Err(broken(1, "it is not the header of an audit export"));
        }
        if header.filtered {
            return Err(broken(
                1,
                "entries were filtered out: export everything to check it",
            ));
        }
        let trust = key.into().carried(header.successions)?;
        let head = header
            .head
            .ok_or(broken(1, "it carries no signed head"))?
            .verify_audit_by(&trust)?;
        if let Some(expected) = organization.filter(|expected| *expected != head.tenant_key) {
            return Err(LedgerFault::OtherOrganization {
                expected: expected.to_string(),
            });
        }
        Ok(Self {
            head,
            frontier: Frontier::default(),
        })
    }

    /// Takes the next entry's line.
    ///
    /// # Errors
    /// An entry that was changed, belongs elsewhere, or is not the next one.
    pub fn entry(&mut self, line: &[u8]) -> Result<(), LedgerFault> {
        let index = self.frontier.size();
        let number = index.saturating_add(2);
        let Line { entry, hash } = parse(number, line)?;
        let leaf = leaf_hash(&canonical_json(&entry));
        if leaf != hash {
            return Err(broken(
                number,
                "the entry is not the one its hash was made of",
            ));
        }
        if entry.get("index").and_then(Value::as_u64) != Some(index) {
            return Err(broken(number, "the entry is not the next one of the chain"));
        }
        let named = entry.get("tenant_key").and_then(Value::as_str);
        if named != Some(&self.head.tenant_key.to_string()) {
            return Err(broken(number, "the entry is another organization's"));
        }
        self.frontier.append(leaf);
        Ok(())
    }

    /// Ends the check after the last line.
    ///
    /// # Errors
    /// Entries are missing or too many, or they are not those the head was signed over.
    pub fn finish(self) -> Result<VerifiedAudit, LedgerFault> {
        let last = self.frontier.size().saturating_add(1);
        if self.frontier.size() != self.head.tree_size {
            return Err(broken(
                last,
                "the chain does not end where its signed head says",
            ));
        }
        if self.frontier.root() != self.head.root_hash {
            return Err(broken(
                last,
                "the entries are not those the head was signed over",
            ));
        }
        Ok(VerifiedAudit {
            tenant_key: self.head.tenant_key,
            entries: self.head.tree_size,
            root_hash: self.head.root_hash,
            signed_at: self.head.at,
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(number: u64, line: &[u8]) -> Result<T, LedgerFault> {
    let value: Value =
        serde_json::from_slice(line).map_err(|_| broken(number, "it is not JSON"))?;
    if canonical_json(&value) != line {
        return Err(broken(number, "spacing, order or spelling was changed"));
    }
    serde_json::from_value(value).map_err(|_| broken(number, "it has other fields than it should"))
}

const fn broken(line: u64, reason: &'static str) -> LedgerFault {
    LedgerFault::AuditBroken { line, reason }
}
