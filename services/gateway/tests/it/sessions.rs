//! Bearer tokens and cookie sessions, and what each must prove.
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Role;
use wt_proto::{
    Message as _,
    asset::{Asset, RegisterAssetsResponse, RegisteredAsset},
    results::ListExposuresResponse,
    tenant::{
        LogInRequest, LogOutResponse, Membership, ResolveSessionRequest, SessionResponse, User,
    },
};

use crate::gateway::{Gateway, TENANT, problem};

const COOKIE: &str = "__Host-wt_session=secret-of-the-session";

fn session(gateway: &Gateway, secret: &str) -> SessionResponse {
    SessionResponse {
        access_token: gateway.token(Some(Role::Owner)),
        expires_in: 600,
        refresh_token: if secret.is_empty() {
            "refresh".to_owned()
        } else {
            String::new()
        },
        session_secret: secret.to_owned(),
        user: Some(User::default()),
        organization: Some(Membership {
            tenant_key: TENANT.to_owned(),
            role: "owner".to_owned(),
            ..Membership::default()
        }),
        ..SessionResponse::default()
    }
}

fn registers(gateway: &Gateway) {
    gateway.upstream.answers(
        "RegisterAssets",
        &RegisterAssetsResponse {
            results: vec![RegisteredAsset {
                status: "registered".to_owned(),
                asset: Some(Asset {
                    created_at: Some(prost_types::Timestamp::default()),
                    ..Asset::default()
                }),
                ..RegisteredAsset::default()
            }],
        },
    );
}

#[tokio::test]
async fn a_service_hears_who_calls_in_a_token_for_it_alone() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
    let answer = gateway
        .owner(Method::GET, "/api/v1/exposures")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let page: Value = answer.json().await.unwrap();
    assert_eq!(page, json!({"items": [], "next_cursor": null}));
    let [call] = gateway
        .upstream
        .calls_of("ListExposures")
        .try_into()
        .unwrap();
    let caller = gateway.verifier_of("results").verify(&call.token).unwrap();
    let principal = caller.principal.unwrap();
    assert_eq!(principal.tenant_key.unwrap().to_string(), TENANT);
    assert!(principal.roles.contains(&Role::Owner));
    assert!(gateway.verifier_of("notify").verify(&call.token).is_err());
}

#[tokio::test]
async fn a_bearer_sign_in_gives_tokens_and_no_cookie() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers("LogIn", &session(&gateway, ""));
    let answer = gateway
        .anonymous(Method::POST, "/api/v1/auth/login")
        .json(&json!({"email": "a@b.example", "password": "p"}))
        .send()
        .await
        .unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    assert_eq!(answer.headers().get("cache-control").unwrap(), "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["refresh_token"], "refresh");
    assert_eq!(body["token_type"], "Bearer");
    let [call] = gateway.upstream.calls_of("LogIn").try_into().unwrap();
    let heard = LogInRequest::decode(call.message).unwrap();
    assert_eq!(heard.mode, "bearer");
    assert_eq!(heard.client.unwrap().ip, "127.0.0.1");
    let caller = gateway.verifier_of("tenant").verify(&call.token).unwrap();
    assert!(caller.principal.is_none());
}

#[tokio::test]
async fn a_sign_up_that_goes_on_by_mail_begins_no_session() {
    let gateway = Gateway::start().await;
    let mailed = SessionResponse {
        mailed: true,
        ..SessionResponse::default()
    };
    gateway.upstream.answers("SignUp", &mailed);
    let account = json!({
        "email": "a@b.example", "password": "a long enough one", "display_name": "A",
        "organization_name": "A Ltd",
    });
    let asked = gateway.anonymous(Method::POST, "/api/v1/auth/signup");
    let answer = asked.json(&account).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    assert!(answer.headers().get("set-cookie").is_none());
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body, json!({ "mailed": true }));
}

#[tokio::test]
async fn a_browser_sign_in_gives_a_cookie_and_no_tokens() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("LogIn", &session(&gateway, "secret-of-the-session"));
    let body = json!({"email": "a@b.example", "password": "p", "mode": "cookie"});
    let request = || {
        gateway
            .anonymous(Method::POST, "/api/v1/auth/login")
            .json(&body)
    };
    problem(request().send().await.unwrap(), 403, "auth.cross_site").await;
    let answer = request()
        .header("x-watchtower-csrf", "1")
        .header("origin", gateway.url(""))
        .send()
        .await
        .unwrap();
    let cookie = answer
        .headers()
        .get("set-cookie")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    assert!(cookie.starts_with(COOKIE), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let body: Value = answer.json().await.unwrap();
    assert!(
        body.get("access_token").is_none() && body.get("refresh_token").is_none(),
        "{body}"
    );
}

#[tokio::test]
async fn a_cookie_changes_something_only_from_our_own_pages() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ResolveSession", &session(&gateway, ""));
    registers(&gateway);
    let body = json!({"value": "a.example"});
    let request = || {
        gateway
            .anonymous(Method::POST, "/api/v1/assets")
            .header("cookie", COOKIE)
            .json(&body)
    };
    let origin = gateway.url("");
    problem(request().send().await.unwrap(), 403, "auth.cross_site").await;
    let unmarked = request().header("origin", &origin);
    problem(unmarked.send().await.unwrap(), 403, "auth.cross_site").await;
    let foreign = request()
        .header("x-watchtower-csrf", "1")
        .header("origin", "http://evil.example");
    problem(foreign.send().await.unwrap(), 403, "auth.cross_site").await;
    assert_eq!(gateway.upstream.calls(), 0);
    let ours = request()
        .header("x-watchtower-csrf", "1")
        .header("origin", &origin);
    assert_eq!(ours.send().await.unwrap().status(), 201);
    let [call] = gateway
        .upstream
        .calls_of("ResolveSession")
        .try_into()
        .unwrap();
    let heard = ResolveSessionRequest::decode(call.message).unwrap();
    assert_eq!(heard.session_secret, "secret-of-the-session");
}

#[tokio::test]
async fn a_session_that_ended_ends_its_access_tokens() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers("LogOut", &LogOutResponse {});
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
    let token = gateway.token(Some(Role::Viewer));
    let ask = |method, path| gateway.anonymous(method, path).bearer_auth(&token);
    let list = || ask(Method::GET, "/api/v1/exposures").send();
    assert_eq!(list().await.unwrap().status(), 200);
    let out = ask(Method::POST, "/api/v1/auth/logout")
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), 204);
    assert!(
        out.headers()
            .get("set-cookie")
            .unwrap()
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    problem(list().await.unwrap(), 401, "auth.unauthenticated").await;
}

#[tokio::test]
async fn a_stream_is_for_runs_the_caller_can_see() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .refuses("GetRun", wt_fault::Kind::NotFound, "run.not_found");
    let path = "/api/v1/events?topics=run:run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    problem(
        gateway.owner(Method::GET, path).send().await.unwrap(),
        404,
        "run.not_found",
    )
    .await;
    let mut stream = gateway
        .owner(Method::GET, "/api/v1/events?topics=changes")
        .send()
        .await
        .unwrap();
    assert_eq!(
        stream.headers().get("content-type").unwrap(),
        "text/event-stream"
    );
    let first = stream.chunk().await.unwrap().unwrap();
    assert!(String::from_utf8_lossy(&first).contains("retry:"));
    // An id of another process: what was missed cannot be told.
    let mut resumed = gateway
        .owner(Method::GET, "/api/v1/events?topics=changes")
        .header("last-event-id", "1-99")
        .send()
        .await
        .unwrap();
    let mut heard = String::new();
    while !heard.contains("event: resync") {
        heard.push_str(&String::from_utf8_lossy(
            &resumed.chunk().await.unwrap().unwrap(),
        ));
    }
}

#[tokio::test]
async fn a_stream_ends_when_its_session_does() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers("LogOut", &LogOutResponse {});
    let mut stream = gateway
        .owner(Method::GET, "/api/v1/events?topics=changes")
        .send()
        .await
        .unwrap();
    let out = gateway
        .owner(Method::POST, "/api/v1/auth/logout")
        .send()
        .await
        .unwrap();
    assert_eq!(out.status(), 204);
    let ended = async { while stream.chunk().await.unwrap().is_some() {} };
    tokio::time::timeout(std::time::Duration::from_mins(1), ended)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_password_that_is_not_enough_is_answered_with_a_challenge_and_no_session() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers(
        "LogIn",
        &SessionResponse {
            mfa_token: "the challenge".to_owned(),
            mfa_factors: vec!["totp".to_owned(), "passkey".to_owned()],
            ..SessionResponse::default()
        },
    );
    let answer = gateway
        .anonymous(Method::POST, "/api/v1/auth/login")
        .json(&json!({"email": "a@b.example", "password": "p"}))
        .send()
        .await
        .unwrap();
    assert!(answer.headers().get("set-cookie").is_none());
    let problem = problem(answer, 401, "auth.mfa_required").await;
    assert_eq!(problem["challenge"], "the challenge");
    assert_eq!(problem["factors"], json!(["totp", "passkey"]));

    gateway
        .upstream
        .answers("CompleteMfa", &session(&gateway, ""));
    let answer = gateway
        .anonymous(Method::POST, "/api/v1/auth/mfa")
        .json(&json!({"challenge": "the challenge", "code": "123456"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["refresh_token"], "refresh");
}
