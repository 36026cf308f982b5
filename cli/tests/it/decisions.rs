//! What is urgent, and deciding on many at once.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

/// What was sent with exactly this request.
fn bodies(server: &Server, request: &str) -> Vec<Value> {
    let asked = server.asked(request).into_iter();
    asked
        .filter(|one| one.line == request)
        .map(|one| serde_json::from_str(&one.body).unwrap())
        .collect()
}

#[test]
fn what_is_most_urgent_comes_with_the_scores_of_assets() {
    let (server, user) = signed_in();
    let assets = json!([{"asset_id": "ast_1", "score": 83, "open": 4}]);
    let risk = json!({"score": 83, "open": 4, "assets": assets, "feeds": []});
    server.answers("GET /api/v1/risk", 200, &risk);
    let next =
        json!([{"key": "exp1_x", "score": 83, "severity": "critical", "title": "\u{1b}[2J"}]);
    server.answers("GET /api/v1/dashboard", 200, &json!({"next": next}));
    let done = user.runs(&["risk"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("ast_1") && done.out.contains("exp1_x"),
        "{}",
        done.out
    );
    assert!(done.err.contains("score 83 of 100"), "{}", done.err);
    assert!(!done.out.contains('\u{1b}'));
    let done = user.runs(&["risk", "-o", "json"]);
    let shown: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(shown["next"][0]["key"], "exp1_x");
}

#[test]
fn many_are_decided_on_as_they_were_looked_at() {
    let (server, user) = signed_in();
    let seen = json!({"matching": 7, "suitable": 6, "too_many": false, "limit": 10_000});
    server.answers("POST /api/v1/bulk-actions/preview", 200, &seen);
    let done = user.runs(&[
        "exposures",
        "bulk",
        "tag",
        "--filter",
        "severity:info",
        "--preview",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(bodies(&server, "POST /api/v1/bulk-actions").is_empty());

    let bulk = json!({"id": "blk_1", "applied": 7});
    server.answers("POST /api/v1/bulk-actions", 201, &bulk);
    let words = [
        "exposures",
        "bulk",
        "tag",
        "--filter",
        "severity:info",
        "--tags",
        "pci,edge",
        "--expected",
        "7",
        "-o",
        "json",
    ];
    let done = user.runs(&words);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(
        bodies(&server, "POST /api/v1/bulk-actions"),
        [json!({
            "selection": {"filter": "severity:info"},
            "action": {"kind": "tag", "tags": ["pci", "edge"]},
            "expected": 7,
        })]
    );
    server.answers(
        "POST /api/v1/bulk-actions/blk_1/undo",
        201,
        &json!({"id": "blk_2"}),
    );
    let done = user.runs(&["exposures", "undo", "blk_1"]);
    assert_eq!(done.code, 0, "{}", done.err);
}

#[test]
fn terms_are_shown_and_replaced() {
    let (server, user) = signed_in();
    let terms = json!({"days": {"critical": 7}, "version": 1});
    server.answers("GET /api/v1/sla", 200, &terms);
    server.answers("PUT /api/v1/sla", 200, &terms);
    assert_eq!(user.runs(&["sla"]).code, 0);
    let done = user.runs(&["sla", "--days", "critical=3,high=14", "--kev-days", "2"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let asked = json!({"days": {"critical": 3, "high": 14}, "kev_days": 2});
    assert_eq!(bodies(&server, "PUT /api/v1/sla"), [asked]);
    assert_ne!(user.runs(&["sla", "--days", "critical"]).code, 0);
}

#[test]
fn scan_windows_are_shown_and_replaced_by_a_file() {
    let (server, user) = signed_in();
    let shown = json!({"rules": [], "version": 3});
    server.answers("GET /api/v1/scan-windows", 200, &shown);
    server.answers("PUT /api/v1/scan-windows", 200, &shown);
    assert_eq!(user.runs(&["scan-windows"]).code, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.json");
    let rule = json!({"kind": "blackout", "time_zone": "UTC", "days": ["mon"], "from": "08:00", "to": "18:00"});
    std::fs::write(&file, json!({"rules": [rule], "version": 2}).to_string()).unwrap();
    let path = file.display().to_string();
    let done = user.runs(&["scan-windows", "--file", &path]);
    assert_eq!(done.code, 0, "{}", done.err);
    let asked = json!({ "rules": [rule] });
    assert_eq!(bodies(&server, "PUT /api/v1/scan-windows"), [asked]);
    std::fs::write(&file, "[]").unwrap();
    assert_ne!(user.runs(&["scan-windows", "--file", &path]).code, 0);
}

#[test]
fn scan_exclusions_are_shown_and_replaced_by_a_file() {
    let (server, user) = signed_in();
    let shown = json!({"exclusions": [], "version": 1});
    server.answers("GET /api/v1/scan-exclusions", 200, &shown);
    server.answers("PUT /api/v1/scan-exclusions", 200, &shown);
    assert_eq!(user.runs(&["scan-exclusions"]).code, 0);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exclusions.json");
    let asked = json!({"exclusions": [{"what": "port:25", "reason": "the mail provider's"}]});
    std::fs::write(&file, asked.to_string()).unwrap();
    let path = file.display().to_string();
    let done = user.runs(&["scan-exclusions", "--file", &path]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(bodies(&server, "PUT /api/v1/scan-exclusions"), [asked]);
    std::fs::write(&file, "{\"rules\": []}").unwrap();
    assert_ne!(user.runs(&["scan-exclusions", "--file", &path]).code, 0);
}
