//! Checking the audit chain, offline and against the server.
use serde_json::json;
use wt_envelope::SigningKey;
use wt_ledger::{KeyChain, TreeHead, audit_header, audit_line, canonical_json, leaf_hash, root};

use crate::{command::User, server::Server};

/// An export of so many entries.
fn export(key: &SigningKey, count: u64) -> String {
    let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let entries: Vec<_> = (0..count)
        .map(|index| json!({"action": "asset.archive", "index": index, "tenant_key": tenant}))
        .collect();
    let leaves: Vec<_> = entries
        .iter()
        .map(|entry| leaf_hash(&canonical_json(entry)))
        .collect();
    let head = TreeHead {
        at: "2026-11-21T06:00:00Z".to_owned(),
        root_hash: root(&leaves),
        tenant_key: tenant,
        tree_size: count,
    };
    let mut text = audit_header(Some(&head.sign_audit(key)), false, &KeyChain::default());
    for entry in &entries {
        text.push(b'\n');
        text.extend(audit_line(entry));
    }
    text.push(b'\n');
    String::from_utf8(text).unwrap()
}

#[test]
fn an_export_is_checked_offline_and_a_missing_line_is_told() {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let user = User::of(&Server::start());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, public) = (path("audit.jsonl"), path("k.pem"));
    let whole = export(&key, 5);
    std::fs::write(&public, key.public().to_spki_pem()).unwrap();
    let offline = [("WATCHTOWER_URL", "http://127.0.0.1:9")];
    let verify = |text: &str| {
        std::fs::write(&file, text).unwrap();
        user.runs_with(&["audit", "verify", &file, "--key", &public], &offline)
    };
    let done = verify(&whole);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.starts_with("VALID: 5 entries"), "{}", done.out);
    let lines: Vec<&str> = whole.lines().collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        let done = verify(&fewer.join("\n"));
        assert_eq!(done.code, 1, "line {at}: {}", done.out);
        assert!(done.err.contains("NOT VALID"), "{}", done.err);
    }
    assert_eq!(verify(&format!("{whole}\ntrailing")).code, 1);
    assert_eq!(verify("").code, 1);
}

#[test]
fn a_kept_export_must_be_the_beginning_of_the_servers_chain() {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let pem = key.public().to_spki_pem();
    server.answers(
        "GET /api/v1/ledger/key",
        200,
        &json!({"public_key_pem": pem}),
    );
    let keys = json!({"keys": [], "successions": []});
    server.answers("GET /api/v1/ledger/keys", 200, &keys);
    server.answers_text("GET /api/v1/audit/export", 200, &export(&key, 5));
    assert!(user.runs(&["audit", "verify"]).out.starts_with("VALID: 5"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.jsonl").display().to_string();
    std::fs::write(&file, export(&key, 3)).unwrap();
    let done = user.runs(&["audit", "verify", &file]);
    assert!(done.out.starts_with("VALID: 3"), "{}{}", done.out, done.err);
    // The server lost what was kept here: a rollback, signed or not.
    std::fs::write(&file, export(&key, 6)).unwrap();
    let done = user.runs(&["audit", "verify", &file]);
    assert_eq!(done.code, 1);
    assert!(done.err.contains("does not begin with"), "{}", done.err);
}
