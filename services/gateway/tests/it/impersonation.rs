//! Staff with somebody else's eyes at the edge: what is refused before any service hears of it,
//! and what a browser is told.
use reqwest::Method;
use serde_json::{Value, json};
use time::OffsetDateTime;
use wt_model::{Permission, Role, role_may};
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    tenant::{
        EndImpersonationResponse, GetMeResponse, Impersonation, Looking, Membership,
        SessionResponse, StartImpersonationRequest, StartImpersonationResponse, User,
    },
};

use crate::{
    denials::operations,
    gateway::{Gateway, TENANT, problem},
};

const VIEW: &str = "/api/v1/admin/impersonations/imp_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn view() -> Impersonation {
    Impersonation {
        id: "imp_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        person: Some(User::default()),
        created_at: Some(to_timestamp(OffsetDateTime::UNIX_EPOCH)),
        expires_at: Some(to_timestamp(OffsetDateTime::UNIX_EPOCH)),
        ..Default::default()
    }
}

#[tokio::test]
async fn what_is_never_done_with_somebody_elses_eyes_is_refused_at_every_operation() {
    let gateway = Gateway::start().await;
    let elevated = Permission::ALL.iter().copied();
    let elevated = elevated.filter(|permission| permission.suits_impersonation());
    let elevated = gateway.acting_token(Some(elevated.collect()));
    // Not the limit alone: without one it is the same.
    let unlimited = gateway.acting_token(None);
    let mut refused = 0;
    for operation in operations() {
        let Ok(permission) = operation.permission.parse::<Permission>() else {
            continue;
        };
        if permission.suits_impersonation() {
            continue;
        }
        for token in [&elevated, &unlimited] {
            let request = gateway
                .anonymous(operation.method.clone(), &operation.path)
                .bearer_auth(token);
            problem(request.send().await.unwrap(), 403, "auth.impersonating").await;
            refused += 1;
        }
    }
    assert!(refused > 40, "{refused}");
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn reading_only_means_that_every_write_is_refused() {
    let gateway = Gateway::start().await;
    let reads = Permission::ALL.iter().copied();
    let reads = reads.filter(|permission| permission.only_reads());
    let token = gateway.acting_token(Some(reads.collect()));
    let mut refused = 0;
    for operation in operations() {
        let Ok(permission) = operation.permission.parse::<Permission>() else {
            continue;
        };
        if permission.only_reads() || !permission.suits_impersonation() {
            continue;
        }
        assert!(role_may(Role::Owner, permission));
        let request = gateway
            .anonymous(operation.method.clone(), &operation.path)
            .bearer_auth(&token);
        problem(request.send().await.unwrap(), 403, "auth.forbidden").await;
        refused += 1;
    }
    assert!(refused > 10, "{refused}");
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_program_gets_tokens_and_a_browser_gets_none() {
    let gateway = Gateway::start().await;
    let body = json!({ "email": "ann@example.com", "tenant_key": TENANT,
        "reason": "ticket 4711: an empty list" });
    let asked = || {
        gateway
            .anonymous(Method::POST, "/api/v1/admin/impersonations")
            .bearer_auth(gateway.token(Some(Role::PlatformAdmin)))
    };
    for (access_token, refresh_token) in [("token", "refresh"), ("", "")] {
        let answer = StartImpersonationResponse {
            impersonation: Some(view()),
            session: Some(SessionResponse {
                access_token: access_token.to_owned(),
                refresh_token: refresh_token.to_owned(),
                ..Default::default()
            }),
        };
        gateway.upstream.answers("StartImpersonation", &answer);
        let answer = asked().json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
        let begun: Value = answer.json().await.unwrap();
        assert_eq!(
            begun["access_token"].as_str().unwrap_or_default(),
            access_token
        );
        assert_eq!(
            begun["refresh_token"].as_str().unwrap_or_default(),
            refresh_token
        );
    }
    let calls = gateway.upstream.calls_of("StartImpersonation");
    let heard = calls.last().unwrap().message.clone();
    let heard = StartImpersonationRequest::decode(heard).unwrap();
    assert_eq!(heard.person, "ann@example.com");
    assert!(heard.client.is_some());
    for body in [
        json!({ "tenant_key": TENANT, "reason": "ticket 4711: an empty list" }),
        json!({ "tenant_key": TENANT, "reason": "ticket 4711: an empty list",
            "email": "a@example.com", "user_id": "usr_1" }),
    ] {
        let answer = asked().json(&body).send().await.unwrap();
        problem(answer, 422, "request.invalid_field").await;
    }
}

#[tokio::test]
async fn the_token_of_an_impersonation_is_worth_nothing_once_it_ended() {
    let gateway = Gateway::start().await;
    let ended = EndImpersonationResponse {
        session_id: "ses_01ARZ3NDEKTSV4RRFFQ69G5FAX".to_owned(),
    };
    gateway.upstream.answers("EndImpersonation", &ended);
    let token = gateway.acting_token(None);
    let asked = |method: Method, path: &str| gateway.anonymous(method, path).bearer_auth(&token);
    let permissions = "/api/v1/me/permissions";
    assert_eq!(
        asked(Method::GET, permissions)
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let answer = asked(Method::DELETE, VIEW).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let answer = asked(Method::GET, permissions).send().await.unwrap();
    problem(answer, 401, "auth.unauthenticated").await;
}

#[tokio::test]
async fn a_page_can_say_who_looks_why_and_until_when() {
    let gateway = Gateway::start().await;
    let me = GetMeResponse {
        user: Some(User::default()),
        organization: Some(Membership::default()),
        looking: Some(Looking {
            impersonation_id: view().id,
            actor_name: "Sam".to_owned(),
            reason: "ticket 4711".to_owned(),
            created_at: view().created_at,
            expires_at: view().expires_at,
            ..Default::default()
        }),
        ..Default::default()
    };
    gateway.upstream.answers("GetMe", &me);
    let answer = gateway
        .anonymous(Method::GET, "/api/v1/me")
        .bearer_auth(gateway.acting_token(None));
    let me: Value = answer.send().await.unwrap().json().await.unwrap();
    let banner = &me["impersonation"];
    assert_eq!(
        (&banner["by"], &banner["elevated"]),
        (&json!("Sam"), &json!(false))
    );
    assert_eq!(banner["expires_at"], "1970-01-01T00:00:00Z");
}
