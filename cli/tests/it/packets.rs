//! Checking a packet offline.

use serde_json::json;
use wt_envelope::SigningKey;
use wt_ledger::{
    Inclusion, KeyChain, Succession, TreeHead, canonical_json, leaf_hash, root, seal_packet,
};

use crate::{command::User, server::Server};

/// A packet that is the only leaf of its ledger.
fn packet(key: &SigningKey) -> Vec<u8> {
    let tenant = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
    let body = json!({"ledger_index": 0, "tenant_key": tenant, "verdict": "FIXED"});
    let leaf = leaf_hash(&canonical_json(&body));
    let head = TreeHead {
        root_hash: root(&[leaf]),
        at: "2026-11-21T06:00:00Z".to_owned(),
        tenant_key: tenant,
        tree_size: 1,
    };
    let inclusion = Inclusion {
        leaf_index: 0,
        path: Vec::new(),
    };
    seal_packet(body, inclusion, head.sign(key), &KeyChain::default())
}

#[test]
fn a_packet_is_valid_and_a_single_changed_byte_is_told() {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let user = User::of(&Server::start());
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, public, stranger) = (path("p.json"), path("k.pem"), path("other.pem"));
    let bytes = packet(&key);
    std::fs::write(&file, &bytes).unwrap();
    std::fs::write(&public, key.public().to_spki_pem()).unwrap();
    std::fs::write(
        &stranger,
        SigningKey::from_seed(&[8; 32])
            .unwrap()
            .public()
            .to_spki_pem(),
    )
    .unwrap();
    // Nobody is asked: there is no server at this address.
    let offline = [("WATCHTOWER_URL", "http://127.0.0.1:9")];
    let done = user.runs_with(&["verify-packet", &file, "--key", &public], &offline);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.starts_with("VALID"), "{}", done.out);
    assert_eq!(
        user.runs(&["verify-packet", &file, "--key", &stranger])
            .code,
        1
    );
    assert_eq!(user.runs(&["verify-packet", &file, "--key", &file]).code, 2);
    for at in (0..bytes.len()).step_by(bytes.len() / 16) {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        std::fs::write(&file, &changed).unwrap();
        let done = user.runs(&["verify-packet", &file, "--key", &public]);
        assert_eq!(done.code, 1, "byte {at}: {}", done.out);
        assert!(done.err.contains("NOT VALID"), "{}", done.err);
    }
}

#[test]
fn what_is_fetched_is_written_byte_for_byte() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("p.json").display().to_string();
    let sealed = "{\"body\":{\"b\":1,\"a\":2}}";
    server.answers_text("GET /api/v1/exposures/exp1_x/packet", 200, sealed);
    assert_eq!(user.runs(&["packet", "get", "exp1_x", "-o", &file]).code, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), sealed);
    assert_eq!(user.runs(&["exposures", "packet", "exp1_x"]).out, sealed);
    server.answers(
        "GET /api/v1/ledger/key",
        200,
        &json!({"public_key_pem": "PEM\n"}),
    );
    assert_eq!(user.runs(&["ledger", "key"]).out, "PEM\n");
}

#[test]
fn a_proof_of_growth_is_fetched_as_it_is_and_checked_offline() {
    let key = SigningKey::from_seed(&[7; 32]).unwrap();
    let leaves: Vec<_> = (0..3_u8).map(|index| leaf_hash(&[index])).collect();
    let head = |size: usize| {
        TreeHead {
            root_hash: root(&leaves[..size]),
            at: "2026-11-21T06:00:00Z".to_owned(),
            tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            tree_size: size as u64,
        }
        .sign(&key)
    };
    let path = wt_ledger::consistency_path(&leaves, 2).unwrap();
    let proof = wt_ledger::seal_consistency(head(2), head(3), path, &KeyChain::default());
    let proof = String::from_utf8(proof).unwrap();
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, public) = (path("growth.json"), path("k.pem"));
    std::fs::write(&public, key.public().to_spki_pem()).unwrap();
    server.answers_text("GET /api/v1/ledger/consistency", 200, &proof);
    let done = user.runs(&["ledger", "growth", "2", "3", "--file", &file]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), proof);
    let offline = [("WATCHTOWER_URL", "http://127.0.0.1:9")];
    let done = user.runs_with(&["verify-growth", &file, "--key", &public], &offline);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("grew from 2 leaves"), "{}", done.out);
    std::fs::write(&file, proof.replace("\"tree_size\":3", "\"tree_size\":4")).unwrap();
    let done = user.runs(&["verify-growth", &file, "--key", &public]);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("NOT VALID"), "{}", done.err);
}

#[test]
fn a_packet_of_before_a_rotation_is_checked_with_the_new_key_and_the_servers_keys() {
    let (old, new) = (
        SigningKey::from_seed(&[7; 32]).unwrap(),
        SigningKey::from_seed(&[8; 32]).unwrap(),
    );
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (file, public, keys) = (path("p.json"), path("new.pem"), path("keys.json"));
    std::fs::write(&file, packet(&old)).unwrap();
    std::fs::write(&public, new.public().to_spki_pem()).unwrap();
    let rotated = |at: &str| {
        let said = Succession::sign(at, &old, &new).unwrap();
        json!({"format": "watchtower.ledger-keys.v1", "keys": [], "successions": [said]})
    };
    server.answers(
        "GET /api/v1/ledger/keys",
        200,
        &rotated("2026-11-22T00:00:00Z"),
    );
    assert_eq!(user.runs(&["ledger", "keys", "-o", &keys]).code, 0);
    let verify = ["verify-packet", &file, "--key", &public];
    assert_eq!(user.runs(&verify).code, 1, "it knows of no rotation");
    let informed = ["verify-packet", &file, "--key", &public, "--keys", &keys];
    let done = user.runs(&informed);
    assert_eq!(done.code, 0, "{}", done.err);
    // The old key was retired before it signed this.
    std::fs::write(&keys, rotated("2026-11-20T00:00:00Z").to_string()).unwrap();
    let done = user.runs(&informed);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("outside the time"), "{}", done.err);
    std::fs::write(&keys, "{}").unwrap();
    assert_eq!(user.runs(&informed).code, 2);
}
