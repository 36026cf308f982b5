//! Watching a public ledger: it goes on from what was kept, or it is told.
use serde_json::{Value, json};
use wt_envelope::SigningKey;
use wt_ledger::{
    Hash, KeyChain, SignedHead, TreeHead, consistency_path, leaf_hash, root, seal_consistency,
};

use crate::{command::User, server::Server};

const HEADS: &str = "GET /api/v1/transparency/acme/heads";
const GROWTH: &str = "GET /api/v1/transparency/acme/consistency";
const KEYS: &str = "GET /api/v1/ledger/keys";

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

/// Leaves of a ledger; `history` tells one past from another.
fn leaves(history: u8, size: u8) -> Vec<Hash> {
    (0..size)
        .map(|index| leaf_hash(&[history, index]))
        .collect()
}

fn head(history: u8, size: u8) -> SignedHead {
    TreeHead {
        root_hash: root(&leaves(history, size)),
        at: format!("2026-11-22T06:00:0{size}.5Z"),
        tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        tree_size: u64::from(size),
    }
    .sign(&key())
}

fn growth(history: u8, from: u8, to: u8) -> String {
    let path = consistency_path(&leaves(history, to), usize::from(from)).unwrap();
    let (earlier, later) = (head(history, from), head(history, to));
    String::from_utf8(seal_consistency(earlier, later, path, &KeyChain::default())).unwrap()
}

fn page(heads: &[SignedHead]) -> Value {
    json!({"items": heads, "next_cursor": null})
}

struct Watching {
    server: Server,
    user: User,
    folder: tempfile::TempDir,
}

impl Watching {
    /// What stands at three leaves was seen and kept.
    fn since_three() -> Self {
        let server = Server::start();
        let pem = key().public().to_spki_pem();
        let keys = json!({"keys": [{"public_key_pem": pem}], "successions": []});
        server.answers(KEYS, 200, &keys);
        server.answers(HEADS, 200, &page(&[head(0, 3)]));
        let watching = Self {
            user: User::of(&server),
            server,
            folder: tempfile::tempdir().unwrap(),
        };
        let (code, out, err) = watching.again();
        assert_eq!(code, 0, "{err}");
        assert!(
            out.starts_with("VALID: 1 new heads of acme, 3 leaves"),
            "{out}"
        );
        watching
    }

    fn file(&self) -> String {
        self.folder.path().join("kept.json").display().to_string()
    }

    fn again(&self) -> (i32, String, String) {
        let done = self
            .user
            .runs(&["ledger", "watch", "acme", "--keep", &self.file()]);
        (done.code, done.out, done.err)
    }

    fn is_told(&self) {
        let before = std::fs::read(self.file()).unwrap();
        let (code, out, err) = self.again();
        assert_eq!(code, 1, "{out}");
        assert!(err.contains("NOT VALID"), "{err}");
        // What was kept convicts: it is not overwritten.
        assert_eq!(std::fs::read(self.file()).unwrap(), before);
    }
}

#[test]
fn each_new_head_is_proven_from_the_one_before() {
    let watching = Watching::since_three();
    let heads = [head(0, 5), head(0, 4), head(0, 3)];
    // The last answer of the script stays until another one is there: the second call still has it.
    let server = &watching.server;
    server.answers(HEADS, 200, &page(&heads));
    server.answers_text(GROWTH, 200, &growth(0, 3, 4));
    server.answers_text(GROWTH, 200, &growth(0, 4, 5));
    watching.again();
    let (code, out, err) = watching.again();
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("5 leaves"), "{out}");
    let asked: Vec<String> = server
        .asked(GROWTH)
        .into_iter()
        .map(|asked| asked.line)
        .collect();
    assert!(asked[0].contains("from=3&to=4"), "{asked:?}");
    assert!(asked[1].contains("from=4&to=5"), "{asked:?}");
    // Nobody has to sign in.
    assert!(server.asked(GROWTH)[0].authorization.is_empty());
}

#[test]
fn a_ledger_that_shrank_or_was_rewritten_is_told() {
    let shrunk = Watching::since_three();
    shrunk.server.answers(HEADS, 200, &page(&[head(0, 2)]));
    shrunk.again();
    shrunk.is_told();

    let other_past = Watching::since_three();
    other_past.server.answers(HEADS, 200, &page(&[head(1, 3)]));
    other_past.again();
    other_past.is_told();

    // A proof of the rewritten past holds by itself, and is not about what was kept.
    let rewritten = Watching::since_three();
    rewritten.server.answers(HEADS, 200, &page(&[head(1, 4)]));
    rewritten.server.answers_text(GROWTH, 200, &growth(1, 3, 4));
    rewritten.again();
    rewritten.is_told();
}

#[test]
fn another_key_or_page_is_not_taken_for_the_kept_one() {
    let watching = Watching::since_three();
    let other = SigningKey::from_seed(&[8; 32]).unwrap();
    let file = watching.folder.path().join("other.pem");
    std::fs::write(&file, other.public().to_spki_pem()).unwrap();
    let (kept, file) = (watching.file(), file.display().to_string());
    let with_key = ["ledger", "watch", "acme", "--keep", &kept, "--key", &file];
    assert_eq!(watching.user.runs(&with_key).code, 2);
    let elsewhere = ["ledger", "watch", "other", "--keep", &kept];
    assert_eq!(watching.user.runs(&elsewhere).code, 2);
    let fresh = watching.folder.path().join("fresh.json");
    let fresh = fresh.display().to_string();
    let with_key = ["ledger", "watch", "acme", "--keep", &fresh, "--key", &file];
    let done = watching.user.runs(&with_key);
    assert_eq!(done.code, 1, "{}", done.out);
    assert!(done.err.contains("not signed by this key"), "{}", done.err);
}
