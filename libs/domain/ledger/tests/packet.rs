//! A packet holds exactly as it was issued, and for its own organization alone.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use serde_json::{Value, json};
use wt_envelope::SigningKey;
use wt_ledger::{
    Hash, Inclusion, KeyChain, LedgerFault, TreeHead, canonical_json, inclusion_path, leaf_hash,
    root, seal_packet, verify_packet,
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

fn body(tenant: &str, index: usize) -> Value {
    json!({
        "exposure_key": "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa",
        "ledger_index": index,
        "tenant_key": tenant,
        "verdict": "FIXED",
        "title": "\u{fc}ber \"quoted\" \n",
    })
}

/// A tree of seven leaves with the packet's body as the fifth.
fn packet(tenant: &str) -> Vec<u8> {
    let body = body(tenant, 4);
    let leaves: Vec<Hash> = (0..7)
        .map(|index| match index {
            4 => leaf_hash(&canonical_json(&body)),
            _ => leaf_hash(&[index]),
        })
        .collect();
    let head = TreeHead {
        at: "2026-11-21T06:00:00Z".to_owned(),
        root_hash: root(&leaves),
        tenant_key: organization(tenant),
        tree_size: 7,
    };
    let inclusion = Inclusion {
        leaf_index: 4,
        path: inclusion_path(&leaves, 4).unwrap(),
    };
    seal_packet(body, inclusion, head.sign(&key()), &KeyChain::default())
}

#[test]
fn an_issued_packet_verifies_with_the_public_key_alone() {
    let verified = verify_packet(&packet(A), &key().public(), Some(organization(A))).unwrap();
    assert_eq!(verified.body, body(A, 4));
    assert_eq!(verified.tenant_key, organization(A));
    assert_eq!((verified.leaf_index, verified.tree_size), (4, 7));
}

#[test]
fn any_single_changed_byte_is_refused() {
    let issued = packet(A);
    for position in 0..issued.len() {
        for flip in [0x01, 0x02, 0x04, 0x10, 0x20, 0x80] {
            let mut changed = issued.clone();
            *changed.get_mut(position).unwrap() ^= flip;
            let refused = verify_packet(&changed, &key().public(), None);
            assert!(refused.is_err(), "byte {position} flipped by {flip}");
        }
        let mut shorter = issued.clone();
        shorter.remove(position);
        assert!(verify_packet(&shorter, &key().public(), None).is_err());
        let mut longer = issued.clone();
        longer.insert(position, b' ');
        assert!(verify_packet(&longer, &key().public(), None).is_err());
    }
}

#[test]
fn one_final_line_feed_is_tolerated_and_two_are_not() {
    let mut text = packet(A);
    text.push(b'\n');
    assert!(verify_packet(&text, &key().public(), None).is_ok());
    text.push(b'\n');
    assert!(verify_packet(&text, &key().public(), None).is_err());
}

#[test]
fn a_packet_of_one_organization_never_verifies_as_anothers() {
    let refused = verify_packet(&packet(A), &key().public(), Some(organization(B)));
    assert!(matches!(
        refused,
        Err(LedgerFault::OtherOrganization { .. })
    ));
    // The head of B over a tree that holds A's body proves nothing about B either.
    let text = String::from_utf8(packet(A)).unwrap();
    let (_, after) = text
        .rsplit_once(&format!("\"tenant_key\":\"{A}\""))
        .unwrap();
    let before = text.len() - after.len() - format!("\"tenant_key\":\"{A}\"").len();
    let swapped = format!(
        "{}\"tenant_key\":\"{B}\"{after}",
        text.get(..before).unwrap()
    );
    assert!(verify_packet(swapped.as_bytes(), &key().public(), None).is_err());
    let body = body(A, 0);
    let leaf = leaf_hash(&canonical_json(&body));
    let head = TreeHead {
        at: String::new(),
        root_hash: leaf,
        tenant_key: organization(B),
        tree_size: 1,
    };
    let inclusion = Inclusion {
        leaf_index: 0,
        path: Vec::new(),
    };
    let mixed = seal_packet(body, inclusion, head.sign(&key()), &KeyChain::default());
    let refused = verify_packet(&mixed, &key().public(), None);
    assert!(matches!(
        refused,
        Err(LedgerFault::OtherOrganization { .. })
    ));
}

#[test]
fn a_packet_signed_by_another_key_is_refused() {
    let other = SigningKey::from_seed(&[8; 32]).unwrap();
    assert_eq!(
        verify_packet(&packet(A), &other.public(), None),
        Err(LedgerFault::HeadNotTrusted)
    );
}

#[test]
fn bytes_that_are_no_packet_are_refused() {
    for bytes in ["", "{}", "null", "[1]", "{\"body\":{}}", "\u{0}"] {
        assert!(verify_packet(bytes.as_bytes(), &key().public(), None).is_err());
    }
}
