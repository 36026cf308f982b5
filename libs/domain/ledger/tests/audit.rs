//! What an export proves, and that nothing done to it goes unseen (promises P15).
#![expect(clippy::unwrap_used, reason = "tests may be blunt")]

use proptest::prelude::*;
use serde_json::{Value, json};
use wt_envelope::SigningKey;
use wt_ledger::{
    AuditCheck, KeyChain, LedgerFault, TreeHead, VerifiedAudit, audit_header, audit_line,
    canonical_json, leaf_hash, root,
};

const TENANT: &str = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn entry(index: usize) -> Value {
    json!({"action": "asset.register", "index": index, "tenant_key": TENANT, "actor": format!("usr_{index}")})
}

/// The lines of an export of `count` entries.
fn export(count: usize) -> Vec<Vec<u8>> {
    let entries: Vec<Value> = (0..count).map(entry).collect();
    let leaves: Vec<_> = entries
        .iter()
        .map(|entry| leaf_hash(&canonical_json(entry)))
        .collect();
    let head = TreeHead {
        at: "2026-11-21T06:00:00Z".to_owned(),
        root_hash: root(&leaves),
        tenant_key: TENANT.parse().unwrap(),
        tree_size: count as u64,
    };
    let mut lines = vec![audit_header(
        Some(&head.sign_audit(&key())),
        false,
        &KeyChain::default(),
    )];
    lines.extend(entries.iter().map(audit_line));
    lines
}

fn check(lines: &[Vec<u8>]) -> Result<VerifiedAudit, LedgerFault> {
    let (header, entries) = lines.split_first().unwrap();
    let mut check = AuditCheck::begin(header, &key().public(), None)?;
    for line in entries {
        check.entry(line)?;
    }
    check.finish()
}

#[test]
fn a_whole_chain_is_proven() {
    let proven = check(&export(9)).unwrap();
    assert_eq!(
        (proven.entries, proven.tenant_key.to_string().as_str()),
        (9, TENANT)
    );
}

#[test]
fn a_filtered_export_and_a_ledgers_head_prove_nothing() {
    let mut lines = export(3);
    let head = TreeHead {
        at: "2026-11-21T06:00:00Z".to_owned(),
        root_hash: check(&lines).unwrap().root_hash,
        tenant_key: TENANT.parse().unwrap(),
        tree_size: 3,
    };
    lines[0] = audit_header(
        Some(&head.clone().sign(&key())),
        false,
        &KeyChain::default(),
    );
    assert_eq!(check(&lines).unwrap_err(), LedgerFault::HeadNotTrusted);
    lines[0] = audit_header(Some(&head.sign_audit(&key())), true, &KeyChain::default());
    assert!(matches!(
        check(&lines),
        Err(LedgerFault::AuditBroken { line: 1, .. })
    ));
}

#[test]
fn every_deletion_swap_and_truncation_is_found() {
    let whole = export(12);
    for at in 1..whole.len() {
        let mut lines = whole.clone();
        lines.remove(at);
        assert!(check(&lines).is_err(), "line {at} removed");
        let mut lines = whole.clone();
        lines.truncate(at);
        assert!(check(&lines).is_err(), "cut at {at}");
        for other in at + 1..whole.len() {
            let mut lines = whole.clone();
            lines.swap(at, other);
            assert!(check(&lines).is_err(), "{at} and {other} swapped");
        }
        let mut lines = whole.clone();
        lines.insert(at, whole[at].clone());
        assert!(check(&lines).is_err(), "line {at} doubled");
    }
}

#[test]
fn an_entry_rewritten_with_a_fitting_hash_is_found() {
    let mut lines = export(5);
    let mut forged = entry(2);
    forged["actor"] = json!("usr_somebody_else");
    lines[3] = audit_line(&forged);
    assert!(check(&lines).is_err());
}

proptest! {
    #[test]
    fn any_changed_byte_is_found(line in 0_usize..6, at in 0_usize..400, bit in 0_u8..8) {
        let mut lines = export(5);
        let bytes = &mut lines[line];
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        prop_assert!(check(&lines).is_err());
    }
}
