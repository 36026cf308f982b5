//! What the platform's staff do from the command line.
use serde_json::{Value, json};

use crate::{command::User, server::Server};

fn signed_in() -> (Server, User) {
    let server = Server::start();
    let user = User::of(&server);
    user.signs_in(&server, "one");
    (server, user)
}

fn letter(sequence: u64) -> Value {
    json!({"sequence": sequence, "consumer": "notify-mail", "stream": "DOMAIN", "type": "tenant.mail",
        "tenant_key": "org_1", "died_at": "2026-01-01T00:00:00Z", "error": "away\u{1b}[2J",
        "subject": "tenant.mail", "bytes": 12, "may_redrive": true})
}

#[test]
fn the_queue_is_shown_with_workers_and_whose_jobs_wait() {
    let (server, user) = signed_in();
    let queue = json!({
        "consumers": [{"consumer": "notify-mail", "is_there": true, "waiting": 3, "dead_letters": 1}],
        "workers": [{"worker_id": "wrk_1", "pool": "shared", "jobs": 2}],
        "organizations": [{"tenant_key": "org_1", "waiting": 40, "running": 2, "processing": 0}],
        "dead_letters": 1, "stuck_runs": 2,
    });
    server.answers("GET /api/v1/admin/queue", 200, &queue);
    let done = user.runs(&["admin", "queue"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for said in ["notify-mail", "wrk_1", "org_1", "40"] {
        assert!(done.out.contains(said), "{said}: {}", done.out);
    }
    assert!(
        done.err.contains("1 dead letters, 2 stuck runs"),
        "{}",
        done.err
    );
    server.answers("GET /api/v1/admin/queue", 200, &queue);
    let done = user.runs(&["admin", "queue", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&done.out).unwrap(), queue);
}

#[test]
fn a_stuck_run_is_listed_dispatched_and_cancelled() {
    let (server, user) = signed_in();
    let page = json!({"items": [{"run_id": "run_1", "tenant_key": "org_1", "state": "queued",
        "reason": "no worker took its jobs", "advice": "see whether workers run"}], "next_cursor": null});
    server.answers("GET /api/v1/admin/stuck-runs", 200, &page);
    let done = user.runs(&["admin", "stuck"]);
    assert!(done.out.contains("no worker took"), "{}", done.out);
    let answer = json!({"run_id": "run_1", "dispatched": 2, "left_alone": 0, "more": false});
    server.answers("POST /api/v1/admin/stuck-runs/run_1/dispatch", 202, &answer);
    let done = user.runs(&["admin", "stuck", "dispatch", "run_1", "--json"]);
    assert_eq!(serde_json::from_str::<Value>(&done.out).unwrap(), answer);
    let cancel = "POST /api/v1/admin/stuck-runs/run_1/cancel";
    server.answers(
        cancel,
        202,
        &json!({"run_id": "run_1", "state": "cancelled"}),
    );
    let done = user.runs(&[
        "admin",
        "stuck",
        "cancel",
        "run_1",
        "--reason",
        "no workers",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(server.asked(cancel)[0].body.contains("no workers"));
}

#[test]
fn dead_letters_are_listed_opened_sent_again_and_given_up() {
    let (server, user) = signed_in();
    let page = json!({"items": [letter(7)], "next_cursor": null});
    server.answers("GET /api/v1/admin/dead-letters", 200, &page);
    let done = user.runs(&["admin", "dlq", "list", "--consumer", "notify-mail"]);
    assert!(done.out.contains("notify-mail"), "{}", done.out);
    assert!(!done.out.contains('\u{1b}'));
    let asked = server.asked("GET /api/v1/admin/dead-letters");
    assert!(asked[0].line.contains("consumer=notify-mail"));

    let opened = json!({"letter": letter(7), "facts": [{"name": "mail", "value": "invitation"}]});
    server.answers("GET /api/v1/admin/dead-letters/7", 200, &opened);
    let done = user.runs(&["admin", "dlq", "show", "7"]);
    assert!(done.out.contains("invitation"), "{}", done.out);

    let sent = json!({"redriven": 1, "left_out": 0, "more": false});
    server.answers("POST /api/v1/admin/dead-letters/7/redrive", 200, &sent);
    assert_eq!(user.runs(&["admin", "dlq", "redrive", "7"]).code, 0);
    server.answers("POST /api/v1/admin/dead-letters/redrive", 200, &sent);
    let all = ["admin", "dlq", "redrive", "--consumer", "notify-mail"];
    assert_eq!(user.runs(&all).code, 0);
    let asked = server.asked("POST /api/v1/admin/dead-letters/redrive");
    assert!(asked[0].body.contains("notify-mail"));
    // One of the two, and not both.
    assert_eq!(user.runs(&["admin", "dlq", "redrive"]).code, 2);
    let both = ["admin", "dlq", "redrive", "7", "--consumer", "notify-mail"];
    assert_eq!(user.runs(&both).code, 2);

    let discard = [
        "admin",
        "dlq",
        "discard",
        "7",
        "--reason",
        "sent by hand instead",
    ];
    assert_eq!(user.runs(&discard).code, 2);
    server.answers(
        "POST /api/v1/admin/dead-letters/7/discard",
        204,
        &Value::Null,
    );
    let sure = [&discard[..], &["--yes"]].concat();
    let done = user.runs(&sure);
    assert_eq!(done.code, 0, "{}", done.err);
}
