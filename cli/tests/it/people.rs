//! People, invitations and teams, and signing in by way of a browser.
use serde_json::json;

use crate::{
    command::{User, session},
    server::Server,
};

fn bob() -> serde_json::Value {
    json!({
        "user": {"id": "usr_2", "email": "bob@b.example", "display_name": "Bob"},
        "role": "viewer", "state": "active",
    })
}

#[test]
fn somebody_is_named_by_their_address() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let page = json!({"items": [bob()], "next_cursor": null});
    server.answers("GET /api/v1/users", 200, &page);
    server.answers("PATCH /api/v1/users/usr_2", 200, &bob());
    let done = user.runs(&["members", "role", "BOB@b.example", "operator"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(server.asked("PATCH /api/v1/users/usr_2").len(), 1);
    let done = user.runs(&["members", "role", "eve@b.example", "operator"]);
    assert_ne!(done.code, 0);
    assert!(done.err.contains("eve@b.example"), "{}", done.err);
    // What cannot be taken back is asked for twice.
    assert_ne!(user.runs(&["members", "rm", "bob@b.example"]).code, 0);
    assert!(server.asked("DELETE /api/v1/users/usr_2").is_empty());
}

#[test]
fn an_invitation_is_sent_and_withdrawn() {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    let made = json!({"id": "inv_1", "email": "eve@b.example", "role": "viewer"});
    server.answers("POST /api/v1/invitations", 201, &made);
    server.answers_text("DELETE /api/v1/invitations/inv_1", 204, "");
    let done = user.runs(&["invitations", "send", "eve@b.example", "--json"]);
    assert!(done.out.contains("inv_1"), "{} {}", done.out, done.err);
    assert_eq!(user.runs(&["invitations", "withdraw", "inv_1"]).code, 0);
}

#[test]
fn without_an_address_a_browser_lets_the_command_in() {
    let server = Server::start();
    let user = User::of(&server);
    let begun = json!({"device_code": "secret", "user_code": "BCDF-GHJK",
        "verification_path": "/device", "expires_in": 600, "interval": 1});
    server.answers("POST /api/v1/auth/device", 200, &begun);
    server.answers("POST /api/v1/auth/device/token", 200, &session("one"));
    let done = user.runs(&["login", "--json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("/device") && done.err.contains("BCDF-GHJK"));
    assert!(!done.out.contains("access-one") && !done.err.contains("secret"));
    server.answers("GET /api/v1/me", 200, &json!({"user": {"id": "usr_1"}}));
    assert_eq!(user.runs(&["whoami", "--json"]).code, 0);
}
