//! Webhooks, chats, trackers and mail; their secrets are in no argument.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

const ADDRESS: &str = "https://hooks.example/T0/secret";

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

fn row(id: &str, kind: &str, name: &str) -> Value {
    let tracker =
        (kind == "github").then(|| json!({"project": "acme/web", "labels": ["security"]}));
    json!({"id": id, "kind": kind, "name": name, "origin": "https://hooks.example", "min_severity": "high",
        "events": ["NEW"], "asset_ids": [], "enabled": true, "tracker": tracker, "failing": "40\u{1b}[2J4"})
}

fn listed(server: &Server) {
    let rows = [
        row("int_1", "webhook", "desk"),
        row("int_2", "github", "web"),
        row("int_3", "slack", "web"),
    ];
    server.answers(
        "GET /api/v1/integrations",
        200,
        &json!({"items": rows, "next_cursor": ""}),
    );
}

/// What was sent last with exactly this request.
fn body(server: &Server, request: &str) -> Value {
    let asked = server.asked(request);
    let one = asked.iter().rfind(|one| one.line == request).unwrap();
    serde_json::from_str(&one.body).unwrap()
}

#[test]
fn integrations_are_listed_with_why_they_fail() {
    let (server, user) = signed_in();
    listed(&server);
    let done = user.runs(&["integrations", "list"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for seen in ["int_1", "desk", "https://hooks.example", "slack"] {
        assert!(done.out.contains(seen), "{}", done.out);
    }
    assert!(!done.out.contains('\u{1b}'));
    let done = user.runs(&["integrations", "ls", "--json"]);
    let shown: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(shown["items"][1]["tracker"]["project"], "acme/web");
}

#[test]
fn a_webhook_is_made_with_an_address_from_standard_input() {
    let (server, user) = signed_in();
    let made = json!({"integration": row("int_9", "webhook", "desk"), "secret": "whsec_abc"});
    server.answers("POST /api/v1/integrations", 201, &made);
    let add = [
        "integrations",
        "add",
        "webhook",
        "desk",
        "--severity",
        "critical",
        "--event",
        "NEW,FIXED",
    ];
    let done = user.runs_told(&add, &format!("{ADDRESS}\n"));
    assert_eq!(done.code, 0, "{}", done.err);
    let sent = body(&server, "POST /api/v1/integrations");
    assert_eq!(sent["address"], ADDRESS);
    assert_eq!(sent["min_severity"], "critical");
    assert_eq!(sent["events"], json!(["NEW", "FIXED"]));
    assert_eq!(
        (&sent["enabled"], &sent["tracker"]),
        (&json!(true), &Value::Null)
    );
    // The signing secret is data, what is said of it is not.
    assert!(done.out.contains("whsec_abc"), "{}", done.out);
    assert!(done.err.contains("not shown again"), "{}", done.err);
    assert!(!done.out.contains(ADDRESS) && !done.err.contains(ADDRESS));

    let nothing = user.runs_told(&add, "");
    assert_eq!(nothing.code, 2, "{}", nothing.err);
    assert!(nothing.err.contains("--secret-file"), "{}", nothing.err);
    assert_eq!(server.asked("POST /api/v1/integrations").len(), 1);
}

#[test]
fn a_tracker_is_joined_with_a_token_from_a_file() {
    let (server, user) = signed_in();
    let made = json!({"integration": row("int_9", "jira", "SEC"), "secret": ""});
    server.answers("POST /api/v1/integrations", 201, &made);
    let file = user.home.path().join("token");
    std::fs::write(&file, "tok-1\n").unwrap();
    let file = file.to_str().unwrap();
    let add = ["integrations", "add", "jira", "SEC", "--secret-file", file];
    let nowhere = user.runs(&add);
    assert_eq!(nowhere.code, 2);
    assert!(nowhere.err.contains("--project"), "{}", nowhere.err);
    let whole = [
        "--project",
        "SEC",
        "--site",
        "https://acme.atlassian.net",
        "--account",
        "ops@acme.example",
        "--off",
    ];
    let done = user.runs(&[&add[..], &whole[..]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let sent = body(&server, "POST /api/v1/integrations");
    assert_eq!(
        (&sent["token"], &sent["address"]),
        (&json!("tok-1"), &json!("https://acme.atlassian.net"))
    );
    let tracker = json!({"project": "SEC", "labels": [], "account": "ops@acme.example"});
    assert_eq!(sent["tracker"], tracker);
    assert_eq!(sent["enabled"], false);
    // What is a tracker's is not taken of a chat without a word.
    let odd = user.runs_told(
        &["integrations", "add", "slack", "x", "--project", "SEC"],
        ADDRESS,
    );
    assert_eq!(odd.code, 2, "{}", odd.err);
}

#[test]
fn one_is_switched_off_and_removed_by_its_name() {
    let (server, user) = signed_in();
    listed(&server);
    server.answers(
        "PUT /api/v1/integrations/int_1",
        200,
        &row("int_1", "webhook", "desk"),
    );
    assert_eq!(user.runs(&["integrations", "disable", "desk"]).code, 0);
    let sent = body(&server, "PUT /api/v1/integrations/int_1");
    // Everything else stays, the address and the token by being left out.
    let expected = json!({"kind": "webhook", "name": "desk", "tracker": null, "min_severity": "high",
        "events": ["NEW"], "asset_ids": [], "enabled": false});
    assert_eq!(sent, expected);
    assert_eq!(user.runs(&["integrations", "enable", "int_1"]).code, 0);
    assert_eq!(
        body(&server, "PUT /api/v1/integrations/int_1")["enabled"],
        true
    );

    // Two of one name: neither is guessed.
    let unclear = user.runs(&["integrations", "remove", "web"]);
    assert_eq!(unclear.code, 2, "{}", unclear.err);
    assert!(server.asked("DELETE ").is_empty());
    server.answers("DELETE /api/v1/integrations/int_2", 204, &Value::Null);
    assert_eq!(user.runs(&["integrations", "rm", "int_2"]).code, 0);
    assert_eq!(server.asked("DELETE ").len(), 1);
}

#[test]
fn a_test_is_waited_for_and_says_why_it_did_not_arrive() {
    let (server, user) = signed_in();
    listed(&server);
    let delivery = |state: &str, error: &str| {
        json!({"id": "dlv_1", "state": state, "attempts": 1, "subject": "a test",
        "last_error": error, "created_at": "2026-11-22T08:00:00Z"})
    };
    let page =
        |state: &str, error: &str| json!({"items": [delivery(state, error)], "next_cursor": ""});
    server.answers(
        "POST /api/v1/integrations/int_1/test",
        202,
        &delivery("pending", ""),
    );
    for answer in [
        page("pending", ""),
        page("sent", ""),
        page("failed", "the receiver answered 404"),
    ] {
        server.answers("GET /api/v1/integrations/int_1/deliveries", 200, &answer);
    }
    let done = user.runs(&["integrations", "test", "desk", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(
        serde_json::from_str::<Value>(&done.out).unwrap()["state"],
        "sent"
    );
    let done = user.runs(&["integrations", "test", "desk"]);
    assert_eq!(done.code, 1, "{}", done.err);
    assert!(done.err.contains("answered 404"), "{}", done.err);

    let done = user.runs(&["integrations", "deliveries", "desk"]);
    assert!(
        done.out.contains("dlv_1") && done.out.contains("failed"),
        "{}",
        done.out
    );
    server.answers(
        "POST /api/v1/integrations/int_1/deliveries/dlv_1/replay",
        202,
        &delivery("pending", ""),
    );
    assert_eq!(
        user.runs(&["integrations", "retry", "desk", "dlv_1"]).code,
        0
    );
    assert_eq!(
        server
            .asked("POST /api/v1/integrations/int_1/deliveries/")
            .len(),
        1
    );
}

#[test]
fn mail_is_changed_without_losing_the_rest_of_its_settings() {
    let (server, user) = signed_in();
    let settings =
        json!({"email_enabled": true, "min_severity": "high", "recipients": ["a@b.example"]});
    server.answers("GET /api/v1/notifications/settings", 200, &settings);
    server.answers("PUT /api/v1/notifications/settings", 200, &settings);
    let done = user.runs(&["integrations", "mail"]);
    assert!(done.out.contains("a@b.example"), "{}", done.out);
    assert!(server.asked("PUT ").is_empty());
    assert_eq!(
        user.runs(&["integrations", "mail", "--severity", "low"])
            .code,
        0
    );
    let expected =
        json!({"email_enabled": true, "min_severity": "low", "recipients": ["a@b.example"]});
    assert_eq!(
        body(&server, "PUT /api/v1/notifications/settings"),
        expected
    );
    assert_eq!(
        user.runs(&["integrations", "mail", "--off", "--to-everybody"])
            .code,
        0
    );
    let sent = body(&server, "PUT /api/v1/notifications/settings");
    assert_eq!(
        (&sent["email_enabled"], &sent["recipients"]),
        (&json!(false), &json!([]))
    );
}
