//! Evidence packets: a body, its place in the ledger, and the signed head (docs/contracts/packet.md).
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wt_model::TenantKey;

use crate::{
    Hash, KeyChain, LedgerFault, SignedHead, Succession, Trust, canonical_json, leaf_hash,
    succession, verify_inclusion,
};

/// The `format` of a packet.
pub const PACKET_FORMAT: &str = "watchtower.packet.v1";

/// Largest packet that is looked at: evidence is bounded by the engine far below this.
pub const PACKET_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Where the body is in the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// Index of the body's leaf; the body repeats it as `ledger_index`.
    pub leaf_index: u64,
    /// Siblings on the way to the root, lowest first.
    pub path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Packet {
    body: Value,
    format: String,
    head: SignedHead,
    inclusion: Inclusion,
    /// How one key of the ledger followed another; none before the first time.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "succession::some"
    )]
    successions: Vec<Succession>,
}

/// What a packet that held proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPacket {
    /// What happened, as documented in docs/contracts/packet.md.
    pub body: Value,
    /// Whose exposure it is.
    pub tenant_key: TenantKey,
    /// Place of the body in the organization's ledger.
    pub leaf_index: u64,
    /// Size of the ledger when the head was signed.
    pub tree_size: u64,
    /// When the head was signed, RFC 3339.
    pub signed_at: String,
}

/// The canonical bytes of a packet.
pub fn seal_packet(
    body: Value,
    inclusion: Inclusion,
    head: SignedHead,
    keys: &KeyChain,
) -> Vec<u8> {
    let packet = Packet {
        body,
        format: PACKET_FORMAT.to_owned(),
        head,
        inclusion,
        successions: keys.statements().to_vec(),
    };
    // A struct of strings, numbers and values always becomes a value.
    canonical_json(&serde_json::to_value(packet).unwrap_or_default())
}

/// Checks a packet with nothing but a public key of the ledger: the bytes are the canonical form
/// (one final line feed is tolerated), the head is signed for the body's organization by `key` or,
/// in its time, by one that `key` leads to, and the body is the leaf it says it is. `organization`, when given, must be the packet's.
///
/// # Errors
/// [`LedgerFault`] names the first thing that did not hold; then nothing in it is proven.
pub fn verify_packet(
    bytes: &[u8],
    key: impl Into<Trust>,
    organization: Option<TenantKey>,
) -> Result<VerifiedPacket, LedgerFault> {
    if bytes.len() > PACKET_BYTES_MAX {
        return Err(LedgerFault::TooLarge {
            max_bytes: PACKET_BYTES_MAX,
        });
    }
    let packet = parse(bytes.strip_suffix(b"\n").unwrap_or(bytes))?;
    let head = packet
        .head
        .verify_with(&key.into().carried(packet.successions)?)?;
    for expected in organization.into_iter().chain([head.tenant_key]) {
        let named = packet.body.get("tenant_key").and_then(Value::as_str);
        if named != Some(&expected.to_string()) {
            return Err(LedgerFault::OtherOrganization {
                expected: expected.to_string(),
            });
        }
    }
    let index = packet.inclusion.leaf_index;
    // Two equal leaves could trade places in a proof; a body that names its place cannot.
    if packet.body.get("ledger_index").and_then(Value::as_u64) != Some(index) {
        return Err(LedgerFault::NotIncluded);
    }
    verify_inclusion(
        &leaf_hash(&canonical_json(&packet.body)),
        index,
        head.tree_size,
        &packet.inclusion.path,
        &head.root_hash,
    )?;
    Ok(VerifiedPacket {
        body: packet.body,
        tenant_key: head.tenant_key,
        leaf_index: index,
        tree_size: head.tree_size,
        signed_at: head.at,
    })
}

fn parse(bytes: &[u8]) -> Result<Packet, LedgerFault> {
    let refused = |reason: String| LedgerFault::NotCanonical { reason };
    let value: Value = serde_json::from_slice(bytes).map_err(|error| refused(error.to_string()))?;
    if canonical_json(&value) != bytes {
        return Err(refused("spacing, order or spelling was changed".to_owned()));
    }
    let packet: Packet =
        serde_json::from_value(value).map_err(|error| refused(error.to_string()))?;
    if packet.format == PACKET_FORMAT {
        Ok(packet)
    } else {
        Err(refused(format!("the format is not {PACKET_FORMAT}")))
    }
}
