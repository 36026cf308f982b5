//! A proof of growth holds exactly as it was issued, and for its own organization alone.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use wt_envelope::SigningKey;
use wt_ledger::{
    Hash, KeyChain, LedgerFault, SignedHead, TreeHead, consistency_path, leaf_hash, root,
    seal_consistency, verify_growth,
};
use wt_model::TenantKey;

const A: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const B: &str = "org_01BX5ZZKBKACTAV9WEVGEMMVRZ";

fn key() -> SigningKey {
    SigningKey::from_seed(&[9; 32]).unwrap()
}

fn organization(text: &str) -> TenantKey {
    text.parse().unwrap()
}

fn leaves(count: u8) -> Vec<Hash> {
    (0..count).map(|index| leaf_hash(&[index])).collect()
}

fn head(leaves: &[Hash], tenant: &str) -> SignedHead {
    TreeHead {
        at: "2026-11-21T06:00:00Z".to_owned(),
        root_hash: root(leaves),
        tenant_key: organization(tenant),
        tree_size: leaves.len() as u64,
    }
    .sign(&key())
}

fn issued() -> Vec<u8> {
    let all = leaves(11);
    let path = consistency_path(&all, 7).unwrap();
    let earlier = head(all.get(..7).unwrap(), A);
    seal_consistency(earlier, head(&all, A), path, &KeyChain::default())
}

#[test]
fn an_issued_proof_holds_with_the_public_key_alone() {
    let grown = verify_growth(&issued(), &key().public(), Some(organization(A))).unwrap();
    assert_eq!((grown.earlier.0, grown.later.0), (7, 11));
    assert_eq!(grown.tenant_key, organization(A));
}

#[test]
fn any_single_changed_byte_is_refused() {
    let issued = issued();
    for position in 0..issued.len() {
        for flip in [0x01, 0x02, 0x04, 0x10, 0x20, 0x80] {
            let mut changed = issued.clone();
            *changed.get_mut(position).unwrap() ^= flip;
            let refused = verify_growth(&changed, &key().public(), None);
            assert!(refused.is_err(), "byte {position} flipped by {flip}");
        }
    }
}

#[test]
fn heads_of_two_organizations_or_of_a_rewritten_ledger_prove_nothing() {
    let all = leaves(11);
    let path = consistency_path(&all, 7).unwrap();
    let mixed = seal_consistency(
        head(&all[..7], B),
        head(&all, A),
        path.clone(),
        &KeyChain::default(),
    );
    let other = LedgerFault::OtherOrganization {
        expected: B.to_owned(),
    };
    assert_eq!(
        verify_growth(&mixed, &key().public(), None),
        Err(other.clone())
    );
    let expecting_b = verify_growth(&issued(), &key().public(), Some(organization(B)));
    assert_eq!(expecting_b, Err(other));
    let mut rewritten = all.clone();
    rewritten[3] = leaf_hash(b"rewritten");
    let path = consistency_path(&rewritten, 7).unwrap();
    let forged = seal_consistency(
        head(&all[..7], A),
        head(&rewritten, A),
        path,
        &KeyChain::default(),
    );
    assert_eq!(
        verify_growth(&forged, &key().public(), None),
        Err(LedgerFault::NotConsistent)
    );
    let stranger = SigningKey::from_seed(&[8; 32]).unwrap();
    assert_eq!(
        verify_growth(&issued(), &stranger.public(), None),
        Err(LedgerFault::HeadNotTrusted)
    );
}
