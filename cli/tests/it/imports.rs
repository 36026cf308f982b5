//! Bringing in what another tool found.
use serde_json::json;

use crate::{command::User, server::Server};

#[test]
fn a_file_is_sent_as_it_is_and_what_was_refused_is_told_without_harm() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let answer = json!({
        "id": "imp_1", "format": "nuclei", "accepted": 5, "opened": 2, "changed": 1, "unchanged": 2,
        "refused_total": 1, "by": "usr_1", "at": "2026-11-20T00:00:00Z",
        "refused": [{
            "line": 7, "reason": "out_of_scope", "subject": "\u{1b}[2Jother.example",
            "detail": "no verified asset of the organization holds it",
        }],
    });
    server.answers("POST /api/v1/imports", 201, &answer);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("found.jsonl");
    std::fs::write(&path, "{\"template-id\":\"git-config\"}\n").unwrap();
    let path = path.display().to_string();
    let done = user.runs(&["import", &path, "--format", "nuclei", "--dry-run"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("nothing was written"), "{}", done.err);
    assert!(done.err.contains("2 opened, 1 changed"), "{}", done.err);
    assert!(done.out.contains("other.example"), "{}", done.out);
    assert!(!done.out.contains('\u{1b}'));
    let asked = server.asked("POST /api/v1/imports");
    let [asked] = asked.as_slice() else {
        panic!("one request")
    };
    assert!(asked.line.contains("format=nuclei") && asked.line.contains("dry_run=true"));
    assert_eq!(asked.body, "{\"template-id\":\"git-config\"}\n");
    let done = user.runs(&["import", &path, "--format", "nuclei", "-o", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("imp_1"), "{}", done.out);
}

#[test]
fn a_format_nobody_knows_and_a_file_that_is_not_there_are_told_before_anything_is_sent() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    assert_ne!(user.runs(&["import", "x", "--format", "nessus"]).code, 0);
    let done = user.runs(&["import", "/nonexistent", "--format", "nmap"]);
    assert_ne!(done.code, 0);
    assert!(done.err.contains("/nonexistent"), "{}", done.err);
    assert!(server.asked("POST /api/v1/imports").is_empty());
}
