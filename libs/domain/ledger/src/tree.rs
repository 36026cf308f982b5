//! The Merkle tree hash, whole or grown leaf by leaf.
use crate::{
    Hash, LedgerFault, NodeId, TILE_LEVELS,
    leaf::{empty, node_hash},
};

/// Root over these leaf hashes (RFC 6962 §2.1).
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty(),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `size`; `size` is at least 2.
pub(crate) fn split(size: usize) -> usize {
    size.next_power_of_two() >> 1
}

/// What an append needs of a tree: its size and the roots of its full subtrees, largest first.
/// At most 64 hashes, so that appending never reads the leaves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Takes a stored frontier; refuses one whose number of peaks does not fit its size.
    pub fn new(size: u64, peaks: Vec<Hash>) -> Result<Self, LedgerFault> {
        if u64::from(size.count_ones()) == u64::try_from(peaks.len()).unwrap_or(u64::MAX) {
            Ok(Self { size, peaks })
        } else {
            Err(LedgerFault::NotConsistent)
        }
    }

    /// How many leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the full subtrees, largest first, as stored.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends one leaf and returns its index.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        self.append_noting(leaf, |_, _| {})
    }

    /// As [`Frontier::append`], and hands over each node above the leaves that has to be kept for
    /// proofs: those whose level is a multiple of [`TILE_LEVELS`].
    pub fn append_noting(&mut self, leaf: Hash, mut note: impl FnMut(NodeId, Hash)) -> u64 {
        let index = self.size;
        let mut node = leaf;
        // Each trailing one of the old size is a full subtree the new leaf completes a pair with.
        for height in 1..=index.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                node = node_hash(&left, &node);
            }
            if height % TILE_LEVELS == 0 {
                let id = NodeId {
                    level: height,
                    index: index >> height,
                };
                note(id, node);
            }
        }
        self.peaks.push(node);
        self.size = index.saturating_add(1);
        index
    }

    /// Root of the tree.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        match peaks.next() {
            None => empty(),
            Some(last) => peaks.fold(*last, |right, left| node_hash(left, &right)),
        }
    }
}
