//! Private pools, and scans by them.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

fn pools() -> Value {
    let pool = |id: &str, name: &str, is_default: bool| json!({"id": id, "name": name, "is_default": is_default, "workers": 1, "waiting_jobs": 2});
    json!({"items": [pool("pol_1", "Office", false), pool("pol_2", "S\u{1b}[2Jite", true)],
        "used": 2, "included": 2})
}

/// What was sent with exactly this request.
fn body(server: &Server, request: &str) -> Value {
    let asked = server.asked(request);
    let one = asked.iter().find(|one| one.line == request).unwrap();
    serde_json::from_str(&one.body).unwrap()
}

#[test]
fn pools_are_listed_with_what_the_plan_includes() {
    let (server, user) = signed_in();
    server.answers("GET /api/v1/pools", 200, &pools());
    let done = user.runs(&["pools", "list"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.out.contains("pol_1") && done.out.contains("Office"),
        "{}",
        done.out
    );
    assert!(done.err.contains("2 of 2 private pools"), "{}", done.err);
    assert!(!done.out.contains('\u{1b}'));
}

#[test]
fn a_pool_is_made_renamed_made_the_default_and_removed_by_its_name() {
    let (server, user) = signed_in();
    let made = json!({"id": "pol_3", "name": "Lab", "is_default": true});
    server.answers("POST /api/v1/pools", 201, &made);
    assert_eq!(user.runs(&["pools", "create", "Lab", "--default"]).code, 0);
    let sent = body(&server, "POST /api/v1/pools");
    assert_eq!(sent, json!({"name": "Lab", "is_default": true}));

    server.answers("GET /api/v1/pools", 200, &pools());
    server.answers("PUT /api/v1/pools/pol_1", 200, &made);
    assert_eq!(user.runs(&["pools", "rename", "Office", "HQ"]).code, 0);
    let sent = body(&server, "PUT /api/v1/pools/pol_1");
    assert_eq!(sent, json!({"name": "HQ", "is_default": false}));

    // `shared`: the pool that is the default is it no more.
    server.answers("GET /api/v1/pools", 200, &pools());
    server.answers("PUT /api/v1/pools/pol_2", 200, &made);
    assert_eq!(user.runs(&["pools", "default", "shared"]).code, 0);
    assert_eq!(
        body(&server, "PUT /api/v1/pools/pol_2")["is_default"],
        false
    );

    server.answers("GET /api/v1/pools", 200, &pools());
    server.answers("DELETE /api/v1/pools/pol_1", 204, &Value::Null);
    assert_eq!(user.runs(&["pools", "remove", "Office"]).code, 0);
    server.answers("GET /api/v1/pools", 200, &pools());
    let none = user.runs(&["pools", "remove", "Nowhere"]);
    assert_eq!(none.code, 2, "{}", none.err);
}

#[test]
fn a_scan_names_its_pool_and_says_why_it_waits() {
    let (server, user) = signed_in();
    let notice = "no worker of pool \"Office\" was ever heard of";
    let run = json!({"id": "run_1", "state": "queued", "notice": notice});
    server.answers("GET /api/v1/pools", 200, &pools());
    server.answers("POST /api/v1/scans", 202, &run);
    let done = user.runs(&["scan", "run", "--pool", "Office"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(body(&server, "POST /api/v1/scans")["pool"], "pol_1");
    assert!(done.err.contains(notice), "{}", done.err);
}
