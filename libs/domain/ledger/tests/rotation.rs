//! One pinned key leads to every key of a ledger, and none signs outside its time.
#![expect(clippy::unwrap_used, reason = "a failed set-up ends the test")]
use serde_json::{Value, json};
use wt_envelope::SigningKey;
use wt_ledger::{
    AuditCheck, Inclusion, KeyChain, LedgerFault, SignedHead, Succession, TreeHead, Trust,
    audit_header, audit_line, canonical_json, leaf_hash, root, seal_consistency, seal_packet,
    signer, verify_growth, verify_packet,
};
use wt_model::TenantKey;

const FIRST: &str = "2026-11-01T00:00:00Z";
const SECOND: &str = "2027-02-01T00:00:00Z";

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

fn tenant() -> TenantKey {
    "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()
}

/// Key 1 until `FIRST`, key 2 until `SECOND`, then key 3.
fn statements() -> Vec<Succession> {
    vec![
        Succession::sign(FIRST, &key(1), &key(2)).unwrap(),
        Succession::sign(SECOND, &key(2), &key(3)).unwrap(),
    ]
}

fn chain() -> KeyChain {
    KeyChain::verify(statements()).unwrap()
}

fn body() -> Value {
    json!({"ledger_index": 0, "tenant_key": tenant(), "verdict": "FIXED"})
}

fn head(at: &str) -> TreeHead {
    TreeHead {
        at: at.to_owned(),
        root_hash: root(&[leaf_hash(&canonical_json(&body()))]),
        tenant_key: tenant(),
        tree_size: 1,
    }
}

fn packet(head: SignedHead, keys: &KeyChain) -> Vec<u8> {
    let inclusion = Inclusion {
        leaf_index: 0,
        path: Vec::new(),
    };
    seal_packet(body(), inclusion, head, keys)
}

fn trust(seed: u8, keys: &KeyChain) -> Trust {
    Trust::with(key(seed).public(), keys.clone()).unwrap()
}

#[test]
fn any_pinned_key_leads_to_the_one_that_signed() {
    let ages = [(1, "2026-10-01T00:00:00.5Z"), (2, FIRST), (3, SECOND)];
    for (signed_by, at) in ages {
        let carried = packet(head(at).sign(&key(signed_by)), &chain());
        let bare = packet(head(at).sign(&key(signed_by)), &KeyChain::default());
        for pinned in 1..=3 {
            let told = verify_packet(&carried, &key(pinned).public(), Some(tenant()));
            assert!(told.is_ok(), "{pinned} for {signed_by}: {told:?}");
            // A packet from before the rotation carries nothing; what is known stands in.
            let known = verify_packet(&bare, trust(pinned, &chain()), None);
            assert!(known.is_ok(), "{pinned} for {signed_by}: {known:?}");
        }
        let stranger = verify_packet(&carried, &key(9).public(), None).unwrap_err();
        assert_eq!(stranger, LedgerFault::HeadNotTrusted);
    }
}

#[test]
fn a_head_outside_its_keys_time_is_refused() {
    for (signed_by, at) in [
        (1, FIRST),
        (1, "2026-11-01T00:00:00.000000001Z"),
        (1, "2027-01-01T00:00:00Z"),
        (2, "2026-10-31T23:59:59.999999999Z"),
        (2, SECOND),
        (3, "2027-01-31T23:59:59Z"),
        (1, "2026-10-01T00:00:00+00:00"),
        (1, "yesterday"),
    ] {
        let late = packet(head(at).sign(&key(signed_by)), &chain());
        for pinned in 1..=3 {
            let refused = verify_packet(&late, &key(pinned).public(), None);
            assert_eq!(refused, Err(LedgerFault::KeyOutOfTime), "{signed_by} {at}");
        }
        // Who left the statements out is found by whoever knows them.
        let bare = packet(head(at).sign(&key(signed_by)), &KeyChain::default());
        let refused = verify_packet(&bare, trust(1, &chain()), None);
        assert_eq!(refused, Err(LedgerFault::KeyOutOfTime), "{signed_by} {at}");
    }
}

#[test]
fn a_stolen_old_key_names_no_other_successor() {
    let forged = |to: u8| Succession::sign(SECOND, &key(2), &key(to)).unwrap();
    let known = chain();
    let mut other = statements();
    other[1] = forged(7);
    let other = KeyChain::verify(other).unwrap();
    let packet = packet(head("2027-03-01T00:00:00Z").sign(&key(7)), &other);
    // Whoever pinned the true successor, or knows of it, is not led astray.
    assert_eq!(
        verify_packet(&packet, &key(3).public(), None),
        Err(LedgerFault::HeadNotTrusted)
    );
    assert!(matches!(
        verify_packet(&packet, trust(1, &known), None),
        Err(LedgerFault::KeysBroken { .. })
    ));
    // And none speaks for a key that did not agree.
    let mut unasked = forged(7);
    unasked.to = statements()[1].to.clone();
    assert!(KeyChain::verify(vec![statements()[0].clone(), unasked]).is_err());
}

#[test]
fn statements_out_of_order_doubled_or_in_a_circle_are_no_chain() {
    let [one, two] = [statements()[0].clone(), statements()[1].clone()];
    let back = Succession::sign("2028-01-01T00:00:00Z", &key(3), &key(1)).unwrap();
    let early = Succession::sign("2026-01-01T00:00:00Z", &key(2), &key(3)).unwrap();
    let same = Succession::sign(FIRST, &key(4), &key(4)).unwrap();
    for wrong in [
        vec![two.clone(), one.clone()],
        vec![one.clone(), one.clone()],
        vec![one.clone(), two.clone(), back],
        vec![one.clone(), early],
        vec![same],
    ] {
        assert!(matches!(
            KeyChain::verify(wrong),
            Err(LedgerFault::KeysBroken { .. })
        ));
    }
    for at in [
        "2026-11-01T00:00:00.5Z",
        "2026-11-01T01:00:00+01:00",
        "soon",
    ] {
        assert!(Succession::sign(at, &key(1), &key(2)).is_err(), "{at}");
    }
    assert!(Trust::with(key(9).public(), chain()).is_err());
}

#[test]
fn any_single_changed_byte_of_a_packet_with_successions_is_refused() {
    let issued = packet(head(SECOND).sign(&key(3)), &chain());
    for pinned in [1, 3] {
        for position in 0..issued.len() {
            for flip in [0x01, 0x02, 0x04, 0x20] {
                let mut changed = issued.clone();
                *changed.get_mut(position).unwrap() ^= flip;
                let refused = verify_packet(&changed, &key(pinned).public(), None);
                assert!(refused.is_err(), "byte {position} flipped by {flip}");
            }
        }
    }
}

#[test]
fn no_successions_have_one_spelling() {
    let bare = packet(head(FIRST).sign(&key(1)), &KeyChain::default());
    let bare = String::from_utf8(bare).unwrap();
    assert!(!bare.contains("successions"));
    let spelled = bare.replace("]}}", "]},\"successions\":[]}");
    assert_ne!(spelled, bare);
    let refused = verify_packet(spelled.as_bytes(), &key(1).public(), None);
    assert!(matches!(refused, Err(LedgerFault::NotCanonical { .. })));
}

#[test]
fn growth_and_audit_hold_across_a_rotation() {
    let before = head("2026-10-01T00:00:00Z").sign(&key(1));
    let after = head("2027-03-01T00:00:00Z").sign(&key(3));
    let proof = seal_consistency(before, after, Vec::new(), &chain());
    for pinned in 1..=3 {
        let grown = verify_growth(&proof, &key(pinned).public(), Some(tenant())).unwrap();
        assert_eq!((grown.earlier.0, grown.later.0), (1, 1));
    }
    let entry = json!({"index": 0, "tenant_key": tenant()});
    let head = TreeHead {
        at: "2027-03-01T00:00:00Z".to_owned(),
        root_hash: root(&[leaf_hash(&canonical_json(&entry))]),
        tenant_key: tenant(),
        tree_size: 1,
    };
    let retired = head.clone().sign_audit(&key(1));
    let header = audit_header(Some(&retired), false, &chain());
    let refused = AuditCheck::begin(&header, &key(1).public(), None);
    assert_eq!(refused.unwrap_err(), LedgerFault::KeyOutOfTime);
    let header = audit_header(Some(&head.sign_audit(&key(3))), false, &chain());
    let mut check = AuditCheck::begin(&header, &key(1).public(), Some(tenant())).unwrap();
    check.entry(&audit_line(&entry)).unwrap();
    assert_eq!(check.finish().unwrap().entries, 1);
}

#[test]
fn the_signer_of_each_moment_is_the_one_that_verifies() {
    let statements = statements();
    let keys = chain();
    for (at, seed) in [
        ("2026-10-31T23:59:59.9Z", 1),
        (FIRST, 2),
        ("2027-01-31T23:59:59Z", 2),
        (SECOND, 3),
    ] {
        let spki = signer(&statements, at).unwrap();
        let dated = keys.keys().get(usize::from(seed) - 1).unwrap();
        let named = data_encoding::BASE64.encode(&dated.key.to_spki_der());
        assert_eq!(spki, named, "{at}");
        let packet = packet(head(at).sign(&key(seed)), &keys);
        assert!(verify_packet(&packet, &key(1).public(), None).is_ok());
    }
    assert_eq!(signer(&[], FIRST), None);
}
