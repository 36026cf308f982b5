//! The queue, stuck runs and dead letters at this door: who may ask, and what is shown.
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Role;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    scan::{
        CancelStuckRunRequest, CancelStuckRunResponse, ConsumerBacklog, DeadLetter,
        DiscardDeadLetterRequest, DiscardDeadLetterResponse, DispatchStuckRunResponse,
        GetDeadLetterResponse, GetQueueResponse, LetterFact, ListDeadLettersRequest,
        ListDeadLettersResponse, ListStuckRunsResponse, OrganizationQueue,
        RedriveDeadLettersRequest, RedriveDeadLettersResponse, StuckRun,
    },
};

use crate::gateway::{Gateway, problem};

const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";

async fn staff(
    gateway: &Gateway,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> reqwest::Response {
    let token = gateway.token(Some(Role::PlatformAdmin));
    let path = format!("/api/v1/admin{path}");
    let request = gateway.anonymous(method, &path).bearer_auth(token);
    let request = match body {
        Some(body) => request.json(&body),
        None => request,
    };
    request.send().await.unwrap()
}

fn letter() -> DeadLetter {
    DeadLetter {
        sequence: 7,
        stream: "DOMAIN".to_owned(),
        consumer: "notify-mail".to_owned(),
        subject: "tenant.mail".to_owned(),
        error: "away".to_owned(),
        died_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        bytes: 12,
        may_redrive: true,
        ..Default::default()
    }
}

#[tokio::test]
async fn an_owner_is_no_staff() {
    let gateway = Gateway::start().await;
    for path in ["queue", "stuck-runs", "dead-letters", "dead-letters/7"] {
        let request = gateway.owner(Method::GET, &format!("/api/v1/admin/{path}"));
        problem(request.send().await.unwrap(), 403, "auth.forbidden").await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn the_queue_is_shown_as_numbers() {
    let gateway = Gateway::start().await;
    let answer = GetQueueResponse {
        consumers: vec![ConsumerBacklog {
            consumer: "notify-mail".to_owned(),
            is_there: true,
            waiting: 3,
            ..Default::default()
        }],
        organizations: vec![OrganizationQueue {
            tenant_key: "org_1".to_owned(),
            waiting: 40,
            ..Default::default()
        }],
        dead_letters: 2,
        ..Default::default()
    };
    gateway.upstream.answers("GetQueue", &answer);
    let answer = staff(&gateway, Method::GET, "/queue", None).await;
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(
        shown,
        json!({
            "consumers": [{
                "stream": "", "consumer": "notify-mail", "subjects": [], "is_there": true,
                "waiting": 3, "in_progress": 0, "redelivered": 0, "listening": 0, "dead_letters": 0,
            }],
            "workers": [],
            "organizations": [{ "tenant_key": "org_1", "waiting": 40, "running": 0, "processing": 0 }],
            "dead_letters": 2, "stuck_runs": 0,
        })
    );
}

#[tokio::test]
async fn a_stuck_run_is_shown_sent_again_and_cancelled() {
    let gateway = Gateway::start().await;
    let at = Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH));
    let run = StuckRun {
        run_id: RUN.to_owned(),
        kind: "on_demand".to_owned(),
        state: "queued".to_owned(),
        problem: "not_taken".to_owned(),
        may: vec!["cancel".to_owned()],
        created_at: at,
        deadline_at: at,
        ..Default::default()
    };
    let answer = ListStuckRunsResponse {
        runs: vec![run],
        next_cursor: "next".to_owned(),
    };
    gateway.upstream.answers("ListStuckRuns", &answer);
    let shown = staff(&gateway, Method::GET, "/stuck-runs?limit=1", None).await;
    let shown: Value = shown.json().await.unwrap();
    assert_eq!(shown["next_cursor"], "next");
    assert_eq!(shown["items"][0]["problem"], "not_taken");

    let answer = DispatchStuckRunResponse {
        run_id: RUN.to_owned(),
        dispatched: 2,
        ..Default::default()
    };
    gateway.upstream.answers("DispatchStuckRun", &answer);
    let path = format!("/stuck-runs/{RUN}");
    let sent = staff(&gateway, Method::POST, &format!("{path}/dispatch"), None).await;
    assert_eq!(sent.status().as_u16(), 202);
    let sent: Value = sent.json().await.unwrap();
    assert_eq!(sent["dispatched"], 2);

    let answer = CancelStuckRunResponse {
        run_id: RUN.to_owned(),
        state: "cancelled".to_owned(),
    };
    gateway.upstream.answers("CancelStuckRun", &answer);
    let why = Some(json!({ "reason": "no workers" }));
    let ended = staff(&gateway, Method::POST, &format!("{path}/cancel"), why).await;
    assert_eq!(ended.status().as_u16(), 202);
    let call = gateway.upstream.calls_of("CancelStuckRun").remove(0);
    let asked = CancelStuckRunRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.run_id.as_str(), asked.reason.as_str()),
        (RUN, "no workers")
    );
}

#[tokio::test]
async fn letters_are_listed_opened_sent_again_and_given_up() {
    let gateway = Gateway::start().await;
    let answer = ListDeadLettersResponse {
        letters: vec![letter()],
        next_cursor: String::new(),
    };
    gateway.upstream.answers("ListDeadLetters", &answer);
    let path = "/dead-letters?consumer=notify-mail&limit=5";
    let shown: Value = staff(&gateway, Method::GET, path, None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(
        shown["items"][0],
        json!({
            "sequence": 7, "stream": "DOMAIN", "consumer": "notify-mail", "subject": "tenant.mail",
            "error": "away", "died_at": "1970-01-01T00:00:00Z", "bytes": 12, "may_redrive": true,
        })
    );
    let call = gateway.upstream.calls_of("ListDeadLetters").remove(0);
    let asked = ListDeadLettersRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.consumer.as_str(), asked.page.unwrap().limit),
        ("notify-mail", 5)
    );

    let answer = GetDeadLetterResponse {
        letter: Some(letter()),
        facts: vec![LetterFact {
            name: "mail".to_owned(),
            value: "invitation".to_owned(),
        }],
    };
    gateway.upstream.answers("GetDeadLetter", &answer);
    let shown = staff(&gateway, Method::GET, "/dead-letters/7", None).await;
    let shown: Value = shown.json().await.unwrap();
    assert_eq!(
        shown["facts"],
        json!([{ "name": "mail", "value": "invitation" }])
    );

    let answer = RedriveDeadLettersResponse {
        redriven: 1,
        ..Default::default()
    };
    gateway.upstream.answers("RedriveDeadLetters", &answer);
    staff(&gateway, Method::POST, "/dead-letters/7/redrive", None).await;
    let all = Some(json!({ "consumer": "notify-mail" }));
    staff(&gateway, Method::POST, "/dead-letters/redrive", all).await;
    let asked: Vec<_> = gateway
        .upstream
        .calls_of("RedriveDeadLetters")
        .into_iter()
        .map(|call| RedriveDeadLettersRequest::decode(call.message).unwrap())
        .map(|asked| (asked.sequence, asked.consumer))
        .collect();
    assert_eq!(asked, [(7, String::new()), (0, "notify-mail".to_owned())]);

    let answer = DiscardDeadLetterResponse {};
    gateway.upstream.answers("DiscardDeadLetter", &answer);
    let path = "/dead-letters/7/discard";
    let why = json!({ "reason": "sent by hand instead" });
    let gone = staff(&gateway, Method::POST, path, Some(why)).await;
    assert_eq!(gone.status().as_u16(), 204);
    let call = gateway.upstream.calls_of("DiscardDeadLetter").remove(0);
    let asked = DiscardDeadLetterRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.sequence, asked.reason.as_str()),
        (7, "sent by hand instead")
    );
}

#[tokio::test]
async fn what_is_no_letter_is_not_there_and_bounds_are_held() {
    let gateway = Gateway::start().await;
    for number in ["0", "-1", "seven", "99999999999999999999"] {
        let path = format!("/dead-letters/{number}");
        let answer = staff(&gateway, Method::GET, &path, None).await;
        problem(answer, 404, "dead_letter.not_found").await;
    }
    for (path, body) in [
        ("/dead-letters/7/discard", json!({ "reason": "too short" })),
        (
            "/dead-letters/7/discard",
            json!({ "reason": "x".repeat(501) }),
        ),
        ("/dead-letters/redrive", json!({ "consumer": "" })),
        (
            "/dead-letters/redrive",
            json!({ "consumer": "x".repeat(129) }),
        ),
    ] {
        let answer = staff(&gateway, Method::POST, path, Some(body)).await;
        problem(answer, 422, "request.invalid_field").await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
}
