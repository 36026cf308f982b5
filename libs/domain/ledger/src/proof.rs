//! Inclusion and consistency proofs (RFC 6962 §2.1.1–2.1.2; checked as in RFC 9162 §2.1.3–2.1.4).
use crate::{
    Hash, LedgerFault,
    leaf::node_hash,
    tree::{root, split},
};

/// The siblings on the way from leaf `index` to the root, lowest first.
pub fn inclusion_path(leaves: &[Hash], index: usize) -> Result<Vec<Hash>, LedgerFault> {
    if index >= leaves.len() {
        return Err(LedgerFault::OutOfRange {
            index: index as u64,
            size: leaves.len() as u64,
        });
    }
    let mut path = Vec::new();
    let (mut range, mut index) = (leaves, index);
    while range.len() > 1 {
        let at = split(range.len());
        let (left, right) = range.split_at(at);
        if index < at {
            path.push(root(right));
            range = left;
        } else {
            path.push(root(left));
            (range, index) = (right, index - at);
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether `leaf` is number `index` of the tree of `size` leaves with this root.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    path: &[Hash],
    expected_root: &Hash,
) -> Result<(), LedgerFault> {
    if index >= size {
        return Err(LedgerFault::NotIncluded);
    }
    let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return Err(LedgerFault::NotIncluded);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *expected_root {
        Ok(())
    } else {
        Err(LedgerFault::NotIncluded)
    }
}

/// What shows that the first `earlier` of these leaves were already in their order.
pub fn consistency_path(leaves: &[Hash], earlier: usize) -> Result<Vec<Hash>, LedgerFault> {
    if earlier == 0 || earlier > leaves.len() {
        return Err(LedgerFault::OutOfRange {
            index: earlier as u64,
            size: leaves.len() as u64,
        });
    }
    let mut path = Vec::new();
    let (mut range, mut size, mut whole) = (leaves, earlier, true);
    while size < range.len() {
        let at = split(range.len());
        let (left, right) = range.split_at(at);
        if size <= at {
            path.push(root(right));
            range = left;
        } else {
            path.push(root(left));
            (range, size, whole) = (right, size - at, false);
        }
    }
    if !whole {
        path.push(root(range));
    }
    path.reverse();
    Ok(path)
}

/// Whether the tree of `later` leaves extends the tree of `earlier` leaves.
pub fn verify_consistency(
    earlier: u64,
    earlier_root: &Hash,
    later: u64,
    later_root: &Hash,
    path: &[Hash],
) -> Result<(), LedgerFault> {
    let refused = Err(LedgerFault::NotConsistent);
    if earlier == 0 || earlier > later {
        return refused;
    }
    if earlier == later {
        let same = path.is_empty() && earlier_root == later_root;
        return if same { Ok(()) } else { refused };
    }
    let mut steps = path.iter();
    let first = if earlier.is_power_of_two() {
        Some(earlier_root)
    } else {
        steps.next()
    };
    let Some(first) = first else {
        return refused;
    };
    let (mut node, mut last) = (earlier - 1, later - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut old, mut new) = (*first, *first);
    for step in steps {
        if last == 0 {
            return refused;
        }
        if node & 1 == 1 || node == last {
            old = node_hash(step, &old);
            new = node_hash(step, &new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    if last == 0 && old == *earlier_root && new == *later_root {
        Ok(())
    } else {
        refused
    }
}
