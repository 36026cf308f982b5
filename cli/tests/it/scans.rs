//! Scans, lists and what targets wrote.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

fn run(state: &str, settled: u64) -> Value {
    json!({"id": "run_1", "state": state, "reason": "", "cells": {"planned": 10, "settled": settled}})
}

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

#[test]
fn following_survives_a_broken_stream_and_ends_with_the_run() {
    let (server, user) = signed_in();
    server.answers("POST /api/v1/scans", 202, &run("created", 0));
    server.answers("GET /api/v1/scans/run_1", 200, &run("running", 2));
    server.answers("GET /api/v1/scans/run_1", 200, &run("running", 5));
    server.answers("GET /api/v1/scans/run_1", 200, &run("completed", 10));
    let progress = "id: 7-1\nevent: scan.progress\ndata: {\"run_id\":\"run_1\",\"job_id\":\"job_1\",\"cells_settled\":3,\"stage\":\"ports\",\"host\":\"h\\u001b[2J\"}\n\n";
    server.answers_text("GET /api/v1/events", 200, progress);
    let done = user.runs(&["scan", "run", "--follow", "-o", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let shown: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(shown["state"], "completed");
    assert!(done.err.contains("completed 10/10"), "{}", done.err);
    assert!(!done.err.contains('\u{1b}'), "{}", done.err);
    assert!(server.asked("GET /api/v1/events").len() >= 2);
    assert!(server.asked("GET /api/v1/events?topics=run%3Arun_1").len() >= 2);
}

#[test]
fn failed_parts_are_run_again_and_a_dry_run_says_what_that_would_be() {
    let (server, user) = signed_in();
    let rerun = "POST /api/v1/scans/run_1/rerun";
    let plan = json!({"hosts": 2, "jobs": 1, "cells": 12, "refused": []});
    server.answers(rerun, 200, &plan);
    server.answers(rerun, 202, &json!({"id": "run_2", "state": "queued"}));
    let refusal = json!({"code": "run.nothing_to_rerun", "status": 409, "title": "x",
        "detail": "there is nothing to run again: every part of the run brought a result"});
    server.answers(rerun, 409, &refusal);
    let done = user.runs(&["scan", "rerun", "run_1", "--dry-run", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&done.out).unwrap(), plan);
    assert_eq!(server.asked(rerun)[0].body, "{\"dry_run\":true}");
    let done = user.runs(&["scan", "rerun", "run_1"]);
    assert!(done.out.contains("run_2"), "{} {}", done.out, done.err);
    let done = user.runs(&["scan", "rerun", "run_1"]);
    assert_ne!(done.code, 0);
    assert!(done.err.contains("every part"), "{}", done.err);
}

#[test]
fn a_scan_that_did_not_see_everything_is_not_a_success() {
    for state in ["partial", "failed", "cancelled"] {
        let (server, user) = signed_in();
        server.answers("POST /api/v1/scans", 202, &run("created", 0));
        server.answers("GET /api/v1/scans/run_1", 200, &run(state, 4));
        let done = user.runs(&["scan", "run", "--follow"]);
        assert_eq!(done.code, 4, "{state}: {}", done.err);
        assert!(done.err.contains(state));
    }
}

#[test]
fn a_watch_ends_in_time_and_the_run_goes_on() {
    let (server, user) = signed_in();
    server.answers("GET /api/v1/scans/run_1", 200, &run("running", 1));
    let done = user.runs(&["scan", "follow", "run_1", "--timeout", "1s"]);
    assert_eq!(done.code, 5, "{}", done.err);
    assert!(done.err.contains("watchtower scan follow run_1"));
}

#[test]
fn a_list_is_read_to_its_end_and_escaped() {
    let (server, user) = signed_in();
    let row = |title: &str| json!({"key": "exp1_x", "state": "open", "title": title, "port": 443});
    server.answers(
        "GET /api/v1/exposures",
        200,
        &json!({"items": [row("a\u{1b}]0;evil\u{7}")], "next_cursor": "next"}),
    );
    server.answers(
        "GET /api/v1/exposures",
        200,
        &json!({"items": [row("b\u{202e}")], "next_cursor": null}),
    );
    let done = user.runs(&["exposures", "list", "--state", "open,unresponsive"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out.lines().count(), 3, "{}", done.out);
    assert!(!done.out.contains('\u{1b}') && !done.out.contains('\u{202e}'));
    let asked = server.asked("GET /api/v1/exposures");
    assert!(
        asked[0].line.contains("state=open%2Cunresponsive"),
        "{}",
        asked[0].line
    );
    assert!(asked[1].line.contains("cursor=next"), "{}", asked[1].line);
    server.answers(
        "GET /api/v1/changes",
        200,
        &json!({"items": [{"key": "k\u{9b}"}], "next_cursor": null}),
    );
    let lines = user.runs(&["changes", "-o", "jsonl"]);
    assert_eq!(
        serde_json::from_str::<Value>(&lines.out).unwrap()["key"],
        "k\u{9b}"
    );
    assert!(!lines.out.contains('\u{9b}'));
}

#[test]
fn an_asset_is_named_by_value_and_its_proof_waited_for() {
    let (server, user) = signed_in();
    let web = tempfile::tempdir().unwrap();
    let id = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    server.answers(
        "GET /api/v1/assets",
        200,
        &json!({"items": [{"id": id, "value": "a.example"}], "next_cursor": null}),
    );
    let challenge = json!({
        "asset_id": id, "method": "http_file", "status": "pending",
        "url": "http://a.example/.well-known/watchtower/proof.txt", "file_body": "the proof",
    });
    let path = format!("POST /api/v1/assets/{id}/verification");
    server.answers(&path, 201, &challenge);
    let check = format!("{path}/check");
    server.answers(&check, 200, &json!({"status": "verified", "asset_id": id}));
    let root = web.path().to_str().unwrap();
    let done = user.runs(&[
        "assets",
        "verify",
        "A.example.",
        "--method",
        "http_file",
        "--write-file",
        root,
        "--wait",
        "5s",
        "--json",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    let written = std::fs::read_to_string(web.path().join(".well-known/watchtower/proof.txt"));
    assert_eq!(written.unwrap(), "the proof");
    assert_eq!(
        serde_json::from_str::<Value>(&done.out).unwrap()["status"],
        "verified"
    );
    assert_eq!(user.runs(&["assets", "show", "b.example"]).code, 2);
}
