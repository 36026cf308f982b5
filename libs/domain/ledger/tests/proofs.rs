//! Trees and proofs against each other and against published values.
use std::collections::BTreeMap;

use proptest::prelude::*;
use wt_ledger::{
    Frontier, Hash, NodeId, ProofPlan, consistency_path, inclusion_path, leaf_hash, root,
    verify_consistency, verify_inclusion,
};

fn leaves(count: usize) -> Vec<Hash> {
    (0..count)
        .map(|index| leaf_hash(&index.to_be_bytes()))
        .collect()
}

/// Inputs and roots of the reference implementation of RFC 6962
/// (certificate-transparency, `merkle_tree_test.cc`).
#[test]
fn roots_are_those_of_the_reference_implementation() {
    let inputs: [&[u8]; 8] = [
        &[],
        &[0x00],
        &[0x10],
        &[0x20, 0x21],
        &[0x30, 0x31],
        &[0x40, 0x41, 0x42, 0x43],
        &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        &[
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
            0x6e, 0x6f,
        ],
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let hashes: Vec<Hash> = inputs.iter().map(|input| leaf_hash(input)).collect();
    for (count, expected) in (1..=8).zip(roots) {
        let some: Vec<Hash> = hashes.iter().take(count).copied().collect();
        assert_eq!(root(&some).to_string(), expected);
    }
    assert_eq!(
        root(&[]).to_string(),
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
}

#[test]
fn a_frontier_grown_leaf_by_leaf_has_the_root_of_the_whole() {
    let mut frontier = Frontier::default();
    let all = leaves(70);
    for (index, leaf) in all.iter().enumerate() {
        assert_eq!(frontier.append(*leaf), index as u64);
        assert_eq!(frontier.root(), root(all.get(..=index).unwrap()));
        let stored = Frontier::new(frontier.size(), frontier.peaks().to_vec());
        assert_eq!(stored.as_ref(), Ok(&frontier));
    }
    assert!(Frontier::new(3, all).is_err());
}

proptest! {
    #[test]
    fn every_leaf_is_proven_at_its_place_and_nowhere_else(size in 1..40usize, pick in any::<prop::sample::Index>()) {
        let all = leaves(size);
        let index = pick.index(size);
        let path = inclusion_path(&all, index).unwrap();
        let leaf = all.get(index).unwrap();
        let top = root(&all);
        for claimed in 0..=size {
            let held = verify_inclusion(leaf, claimed as u64, size as u64, &path, &top).is_ok();
            prop_assert_eq!(held, claimed == index);
        }
        let other = leaf_hash(b"other");
        prop_assert!(verify_inclusion(&other, index as u64, size as u64, &path, &top).is_err());
        if let Some((_, shorter)) = path.split_last() {
            prop_assert!(verify_inclusion(leaf, index as u64, size as u64, shorter, &top).is_err());
        }
    }

    #[test]
    fn a_tree_that_only_grew_is_consistent_and_a_rewritten_one_is_not(later in 1..40usize, pick in any::<prop::sample::Index>()) {
        let all = leaves(later);
        let earlier = pick.index(later) + 1;
        let before = root(all.get(..earlier).unwrap());
        let path = consistency_path(&all, earlier).unwrap();
        let (small, big) = (earlier as u64, later as u64);
        prop_assert_eq!(verify_consistency(small, &before, big, &root(&all), &path), Ok(()));
        let mut rewritten = all;
        *rewritten.first_mut().unwrap() = leaf_hash(b"rewritten");
        let forged = consistency_path(&rewritten, earlier).unwrap();
        prop_assert!(verify_consistency(small, &before, big, &root(&rewritten), &forged).is_err());
    }
}

/// Everything that is kept of a tree: its leaves and what its growth noted.
fn kept(leaves: &[Hash]) -> BTreeMap<NodeId, Hash> {
    let (mut frontier, mut kept) = (Frontier::default(), BTreeMap::new());
    for leaf in leaves {
        let index = frontier.append_noting(*leaf, |id, hash| {
            assert!(id.level > 0 && kept.insert(id, hash).is_none());
        });
        kept.insert(NodeId { level: 0, index }, *leaf);
    }
    kept
}

/// What a plan reads of it.
fn read(plan: &ProofPlan, kept: &BTreeMap<NodeId, Hash>) -> BTreeMap<NodeId, Hash> {
    let ranges = plan.nodes();
    let wanted = ranges.iter().flat_map(|range| {
        let level = range.level;
        (range.first..range.end).map(move |index| NodeId { level, index })
    });
    wanted
        .filter_map(|id| kept.get(&id).map(|hash| (id, *hash)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_from_kept_nodes_are_the_proofs_from_all_leaves(
        size in 1..1_500usize, pick in any::<prop::sample::Index>()
    ) {
        let all = leaves(size);
        let kept = kept(&all);
        let (index, small, big) = (pick.index(size), pick.index(size) + 1, size as u64);
        let plan = ProofPlan::inclusion(index as u64, big).unwrap();
        let path = plan.path(&read(&plan, &kept)).unwrap();
        prop_assert_eq!(path, inclusion_path(&all, index).unwrap());
        let plan = ProofPlan::consistency(small as u64, big).unwrap();
        let path = plan.path(&read(&plan, &kept)).unwrap();
        prop_assert_eq!(path, consistency_path(&all, small).unwrap());
    }
}

#[test]
fn a_proof_over_a_large_tree_reads_few_nodes() {
    let all = leaves(70_000);
    let kept = kept(&all);
    let top = root(&all);
    for index in [0, 255, 256, 65_535, 65_536, 69_999] {
        let plan = ProofPlan::inclusion(index, 70_000).unwrap();
        let read = read(&plan, &kept);
        assert!(
            read.len() <= 4 * 255,
            "{} nodes for leaf {index}",
            read.len()
        );
        let path = plan.path(&read).unwrap();
        let leaf = all.get(usize::try_from(index).unwrap()).unwrap();
        assert_eq!(verify_inclusion(leaf, index, 70_000, &path, &top), Ok(()));
        assert!(
            plan.path(&BTreeMap::new()).is_err(),
            "a missing node is no proof"
        );
    }
}

#[test]
fn places_outside_the_tree_have_no_proof() {
    assert!(ProofPlan::inclusion(3, 3).is_err());
    assert!(ProofPlan::consistency(4, 3).is_err());
    assert!(ProofPlan::consistency(0, 3).is_err());
    assert!(inclusion_path(&leaves(3), 3).is_err());
    assert!(consistency_path(&leaves(3), 4).is_err());
    assert!(consistency_path(&leaves(3), 0).is_err());
}
