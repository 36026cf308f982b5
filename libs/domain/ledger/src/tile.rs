//! Proofs from few stored nodes instead of every leaf.
//!
//! Of the tree, the leaves and the roots of complete subtrees of 2⁸, 2¹⁶, 2²⁴… leaves are kept
//! (tiles of 8 levels, as transparency logs have them): a 256th more than the leaves alone, and a
//! proof over a tree of any size reads at most 255 of them for each 8 levels on each of its edges.
use std::{collections::BTreeMap, ops::Range};

use crate::{Hash, LedgerFault, leaf::node_hash, tree::root};

/// Levels between one kept node and the next above it.
pub const TILE_LEVELS: u32 = 8;

/// A kept node: `level` 0 is a leaf, and node `index` of a level stands for the leaves
/// `index << level ..` of that level's width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId {
    /// A multiple of [`TILE_LEVELS`].
    pub level: u32,
    /// From the left, beginning with 0.
    pub index: u64,
}

/// Kept nodes of one level, side by side.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeRange {
    /// A multiple of [`TILE_LEVELS`].
    pub level: u32,
    /// The first.
    pub first: u64,
    /// The one after the last.
    pub end: u64,
}

/// A proof that is to be made: which nodes it needs, then what it is with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofPlan {
    /// The leaves under each step, lowest step first.
    steps: Vec<Range<u64>>,
}

impl ProofPlan {
    /// A proof that leaf `index` is in the tree of `size` leaves.
    ///
    /// # Errors
    /// There is no such leaf.
    pub fn inclusion(index: u64, size: u64) -> Result<Self, LedgerFault> {
        if index >= size {
            return Err(LedgerFault::OutOfRange { index, size });
        }
        let mut steps = Vec::new();
        let mut range = 0..size;
        while range.end - range.start > 1 {
            let at = range.start + split(range.end - range.start);
            if index < at {
                steps.push(at..range.end);
                range.end = at;
            } else {
                steps.push(range.start..at);
                range.start = at;
            }
        }
        steps.reverse();
        Ok(Self { steps })
    }

    /// A proof that the tree of `size` leaves begins with the tree of `earlier` ones.
    ///
    /// # Errors
    /// The earlier tree is empty or larger.
    pub fn consistency(earlier: u64, size: u64) -> Result<Self, LedgerFault> {
        if earlier == 0 || earlier > size {
            return Err(LedgerFault::OutOfRange {
                index: earlier,
                size,
            });
        }
        let mut steps = Vec::new();
        let (mut range, mut whole) = (0..size, true);
        while earlier < range.end {
            let at = range.start + split(range.end - range.start);
            if earlier <= at {
                steps.push(at..range.end);
                range.end = at;
            } else {
                steps.push(range.start..at);
                range.start = at;
                whole = false;
            }
        }
        if !whole {
            steps.push(range);
        }
        steps.reverse();
        Ok(Self { steps })
    }

    /// The kept nodes it is made from.
    pub fn nodes(&self) -> Vec<NodeRange> {
        let steps = self.steps.iter().cloned();
        steps
            .flat_map(complete_subtrees)
            .map(|(leaves, height)| {
                let level = kept_level(height);
                NodeRange {
                    level,
                    first: leaves.start >> level,
                    end: leaves.end >> level,
                }
            })
            .collect()
    }

    /// The proof.
    ///
    /// # Errors
    /// A node it needs is not among `nodes`.
    pub fn path(&self, nodes: &BTreeMap<NodeId, Hash>) -> Result<Vec<Hash>, LedgerFault> {
        let steps = self.steps.iter().cloned();
        steps.map(|leaves| hash_of(leaves, nodes)).collect()
    }
}

/// The largest power of two below `size`; `size` is at least 2.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

fn kept_level(height: u32) -> u32 {
    height - height % TILE_LEVELS
}

/// The complete subtrees that these leaves of a step make, largest first, each with its height.
/// A step begins where a subtree at least as wide as itself does.
fn complete_subtrees(leaves: Range<u64>) -> impl Iterator<Item = (Range<u64>, u32)> {
    let mut start = leaves.start;
    std::iter::from_fn(move || {
        let height = (leaves.end - start).checked_ilog2()?;
        let tree = start..start + (1 << height);
        start = tree.end;
        Some((tree, height))
    })
}

fn hash_of(leaves: Range<u64>, nodes: &BTreeMap<NodeId, Hash>) -> Result<Hash, LedgerFault> {
    let mut hashes = Vec::new();
    for (tree, height) in complete_subtrees(leaves) {
        let level = kept_level(height);
        let kept: Result<Vec<Hash>, LedgerFault> = (tree.start >> level..tree.end >> level)
            .map(|index| {
                let missing = LedgerFault::OutOfRange {
                    index: index << level,
                    size: tree.end,
                };
                nodes.get(&NodeId { level, index }).copied().ok_or(missing)
            })
            .collect();
        hashes.push(root(&kept?));
    }
    let mut peaks = hashes.into_iter().rev();
    let last = peaks.next().unwrap_or_else(|| root(&[]));
    Ok(peaks.fold(last, |right, left| node_hash(&left, &right)))
}
