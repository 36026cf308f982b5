//! The append-only ledger: RFC 6962 trees, signed heads, proofs checked offline (contracts §7).
//!
//! Each organization has a tree of its own. A leaf is the canonical JSON of an event or packet;
//! a head is signed over the organization, so nothing of one verifies as another's. Keys follow each
//! other by statements that both sign, so one pinned key leads to all. Pure: keys and times are
//! arguments.

mod audit;
mod canonical;
mod fault;
mod growth;
mod head;
mod leaf;
mod packet;
mod proof;
mod succession;
mod tile;
mod tree;

pub use audit::{AUDIT_FORMAT, AuditCheck, VerifiedAudit, audit_header, audit_line};
pub use canonical::canonical_json;
pub use fault::LedgerFault;
pub use growth::{
    CONSISTENCY_BYTES_MAX, CONSISTENCY_FORMAT, VerifiedGrowth, seal_consistency, verify_growth,
};
pub use head::{AUDIT_HEAD_TYPE, HEAD_TYPE, SignedHead, TreeHead};
pub use leaf::{Hash, leaf_hash, node_hash};
pub use packet::{
    Inclusion, PACKET_BYTES_MAX, PACKET_FORMAT, VerifiedPacket, seal_packet, verify_packet,
};
pub use proof::{consistency_path, inclusion_path, verify_consistency, verify_inclusion};
pub use succession::{
    DatedKey, KeyChain, SUCCESSION_TYPE, SUCCESSIONS_MAX, Succession, Trust, signer,
};
pub use tile::{NodeId, NodeRange, ProofPlan, TILE_LEVELS};
pub use tree::{Frontier, root};
