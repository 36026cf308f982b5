//! Signing in and out, and what is kept.
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};

use crate::{
    command::{User, session},
    server::Server,
};

#[test]
fn a_sign_in_is_kept_in_a_file_of_its_owner_and_never_printed() {
    let server = Server::start();
    let user = User::of(&server);
    server.answers("POST /api/v1/auth/signup", 201, &session("one"));
    let done = user.runs(&[
        "signup",
        "--email",
        "a@b.example",
        "--organization",
        "O",
        "-o",
        "json",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(!done.out.contains("access-one") && !done.err.contains("access-one"));
    let shown: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(shown["organization"]["tenant_key"], "org_1");
    let file = user.home.path().join("session.json");
    assert_eq!(
        std::fs::metadata(file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    server.answers("GET /api/v1/me", 200, &json!({"user": {"id": "usr_1"}}));
    assert_eq!(user.runs(&["whoami", "--json"]).code, 0);
    assert_eq!(
        server.asked("GET /api/v1/me")[0].authorization,
        "Bearer access-one"
    );
    server.answers_text("POST /api/v1/auth/logout", 204, "");
    assert_eq!(user.runs(&["logout"]).code, 0);
    assert_eq!(user.runs(&["logout"]).code, 0);
}

#[test]
fn an_expired_access_token_is_exchanged_once_and_unseen() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "old");
    server.answers("GET /api/v1/me", 401, &json!({"detail": "expired"}));
    server.answers("GET /api/v1/me", 200, &json!({"user": {}}));
    server.answers("POST /api/v1/auth/refresh", 200, &session("new"));
    let done = user.runs(&["whoami"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let asked = server.asked("GET /api/v1/me");
    assert_eq!(asked[1].authorization, "Bearer access-new");
    assert!(
        server.asked("POST /api/v1/auth/refresh")[0]
            .body
            .contains("refresh-old")
    );
}

#[test]
fn variables_win_over_the_sign_in_and_tokens_stay_with_their_server() {
    let (server, other) = (Server::start(), Server::start());
    let user = User::of(&server);
    user.signs_in(&server, "kept");
    server.answers("GET /api/v1/me", 200, &json!({}));
    user.runs_with(&["whoami"], &[("WATCHTOWER_TOKEN", "given")]);
    assert_eq!(
        server.asked("GET /api/v1/me")[0].authorization,
        "Bearer given"
    );
    other.answers("GET /api/v1/me", 401, &json!({"detail": "who?"}));
    let url = format!("http://{}", other.address);
    let done = user.runs_with(&["whoami"], &[("WATCHTOWER_URL", &url)]);
    assert_eq!(done.code, 3);
    assert_eq!(other.asked("GET /api/v1/me")[0].authorization, "");
}

#[test]
fn each_sort_of_failure_has_its_exit_code() {
    let server = Server::start();
    let user = User::of(&server);
    assert_eq!(user.runs(&["--help"]).code, 0);
    assert_eq!(user.runs(&["no-such-command"]).code, 2);
    assert_eq!(user.runs(&["assets", "list", "-o", "yaml"]).code, 2);
    for (status, code) in [(401, 3), (403, 3), (404, 1), (422, 2), (500, 1), (503, 1)] {
        let server = Server::start();
        let user = User::of(&server);
        let problem = json!({
            "detail": "no\u{1b}[2J", "code": "x.y", "request_id": "req-1", "advice": "do this",
            "fields": [{"field": "value", "reason": "too wide"}],
        });
        server.answers("POST /api/v1/assets", status, &problem);
        let done = user.runs_with(
            &["assets", "add", "a.example"],
            &[("WATCHTOWER_TOKEN", "t")],
        );
        assert_eq!(done.code, code, "{status}: {}", done.err);
        for part in ["do this", "value: too wide", "x.y", "req-1"] {
            assert!(done.err.contains(part), "{}", done.err);
        }
        assert!(!done.err.contains('\u{1b}') && done.out.is_empty());
    }
    let gone = user.runs_with(
        &["whoami"],
        &[
            ("WATCHTOWER_URL", "http://127.0.0.1:9"),
            ("WATCHTOWER_TOKEN", "t"),
        ],
    );
    assert_eq!(gone.code, 1);
}
