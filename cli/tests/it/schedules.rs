//! Scans that are requested by themselves.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

fn schedule(id: &str, name: &str) -> Value {
    json!({"id": id, "name": name, "asset_ids": [], "profile": "baseline", "policy": "safe",
        "ports": "", "pool": "", "every": "day", "weekday": 1, "day": 1, "at": "06:30",
        "zone": "Europe/Berlin", "paused": false, "next_at": "2026-11-23T05:30:00Z",
        "last_at": "2026-11-22T05:30:00Z", "last_skipped": "no asset\u{1b}[2J is verified",
        "created_by": "usr_1", "created_at": "2026-11-21T06:00:00Z"})
}

fn all() -> Value {
    let of = [
        schedule("sch_1", "Daily"),
        schedule("sch_2", "Twice"),
        schedule("sch_3", "Twice"),
    ];
    json!({"items": of, "next_cursor": null})
}

/// What was sent with exactly this request, the last time.
fn body(server: &Server, request: &str) -> Value {
    let asked = server.asked(request);
    let one = asked.iter().rfind(|one| one.line == request).unwrap();
    serde_json::from_str(&one.body).unwrap()
}

#[test]
fn schedules_are_listed_with_why_the_last_time_was_left_out() {
    let (server, user) = signed_in();
    server.answers("GET /api/v1/schedules", 200, &all());
    let done = user.runs(&["schedules", "list"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("Daily") && done.out.contains("no asset"));
    assert!(!done.out.contains('\u{1b}'));
}

#[test]
fn a_schedule_is_made_of_what_a_scan_is_made_of_and_when() {
    let (server, user) = signed_in();
    server.answers("POST /api/v1/schedules", 201, &schedule("sch_4", "Mondays"));
    let done = user.runs(&[
        "schedules",
        "create",
        "Mondays",
        "--every",
        "week",
        "--weekday",
        "1",
        "--at",
        "06:30",
        "--zone",
        "Europe/Berlin",
        "--asset",
        "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "--profile",
        "deep",
        "--ports",
        "443",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    let sent = body(&server, "POST /api/v1/schedules");
    assert_eq!(
        sent,
        json!({"name": "Mondays", "asset_ids": ["ast_01ARZ3NDEKTSV4RRFFQ69G5FAV"], "profile": "deep", "policy": "safe",
            "ports": "443", "pool": "", "every": "week", "weekday": 1, "day": 1, "at": "06:30",
            "zone": "Europe/Berlin"})
    );
    let done = user.runs(&[
        "schedules",
        "create",
        "Sometimes",
        "--every",
        "hour",
        "--at",
        "06:30",
    ]);
    assert_eq!(done.code, 2, "{}", done.err);
}

#[test]
fn a_schedule_is_paused_let_go_on_and_removed_by_its_name() {
    let (server, user) = signed_in();
    for (word, paused) in [("pause", true), ("resume", false)] {
        server.answers("GET /api/v1/schedules", 200, &all());
        server.answers(
            "PUT /api/v1/schedules/sch_1",
            200,
            &schedule("sch_1", "Daily"),
        );
        assert_eq!(user.runs(&["schedules", word, "Daily"]).code, 0);
        let sent = body(&server, "PUT /api/v1/schedules/sch_1");
        assert_eq!(sent["paused"], paused);
        assert_eq!(
            (&sent["name"], &sent["at"]),
            (&json!("Daily"), &json!("06:30"))
        );
        assert!(
            sent.get("id").is_none() && sent.get("next_at").is_none(),
            "{sent}"
        );
    }
    server.answers("GET /api/v1/schedules", 200, &all());
    server.answers("DELETE /api/v1/schedules/sch_1", 204, &Value::Null);
    assert_eq!(user.runs(&["schedules", "remove", "Daily"]).code, 0);
    for named in ["Twice", "Never"] {
        server.answers("GET /api/v1/schedules", 200, &all());
        let done = user.runs(&["schedules", "remove", named]);
        assert_eq!(done.code, 2, "{}", done.err);
        assert!(done.err.contains(named), "{}", done.err);
    }
}
