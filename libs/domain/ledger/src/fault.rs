//! Why a proof, a head or a packet is refused.
use wt_fault::{Fault, Kind};

/// Something that proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerFault {
    /// Not a packet, or not written in the canonical form.
    #[error("this is not a packet in canonical form: {reason}")]
    NotCanonical {
        /// What was wrong, for a person.
        reason: String,
    },
    /// Larger than any packet.
    #[error("the packet is larger than {max_bytes} bytes")]
    TooLarge {
        /// The bound.
        max_bytes: usize,
    },
    /// It belongs to another organization than the one asked for, or contradicts itself.
    #[error("the packet does not belong to {expected}")]
    OtherOrganization {
        /// Who was expected.
        expected: String,
    },
    /// Signed by another key.
    #[error("the tree head was not signed by this key")]
    HeadNotTrusted,
    /// The statements about the ledger's keys do not hold, or are not about the pinned key.
    #[error("the ledger's keys do not follow each other: {reason}")]
    KeysBroken {
        /// What does not hold.
        reason: &'static str,
    },
    /// A key signed outside its time: after its successor took over, or before it did.
    #[error("the tree head is dated outside the time in which its key signed")]
    KeyOutOfTime,
    /// The path does not lead from the leaf to the root.
    #[error("the packet is not in the tree its head signs")]
    NotIncluded,
    /// One tree does not extend the other.
    #[error("the later tree does not contain the earlier one")]
    NotConsistent,
    /// An audit export that is not what was recorded.
    #[error("line {line} of the export: {reason}")]
    AuditBroken {
        /// Which line, from 1.
        line: u64,
        /// What does not hold.
        reason: &'static str,
    },
    /// An index or size that no tree has.
    #[error("leaf {index} is outside a tree of {size}")]
    OutOfRange {
        /// The index asked for.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
}

impl Fault for LedgerFault {
    fn kind(&self) -> Kind {
        match self {
            Self::TooLarge { .. } => Kind::TooLarge,
            _ => Kind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotCanonical { .. } => "packet.not_canonical",
            Self::TooLarge { .. } => "packet.too_large",
            Self::OtherOrganization { .. } => "packet.other_organization",
            Self::HeadNotTrusted => "packet.head_not_trusted",
            Self::KeysBroken { .. } => "ledger.keys_broken",
            Self::KeyOutOfTime => "ledger.key_out_of_time",
            Self::NotIncluded => "packet.not_included",
            Self::NotConsistent => "ledger.not_consistent",
            Self::AuditBroken { .. } => "audit.chain_broken",
            Self::OutOfRange { .. } => "ledger.out_of_range",
        }
    }
}
