//! Budgets, pauses and sizes, with a real Redis.
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use wt_fault::Kind;
use wt_model::Role;
use wt_proto::{
    asset::RegisterAssetsResponse, results::ListExposuresResponse, tenant::SessionResponse,
};
use wt_testkit::{Cache, wait};

use crate::gateway::{Gateway, problem};

const EXPOSURES: &str = "/api/v1/exposures";
const LOGIN: &str = "/api/v1/auth/login";

/// A gateway behind one proxy, with budgets in a Redis of its own and few reads.
async fn limited() -> (Gateway, Cache) {
    let cache = Cache::start().await.unwrap();
    let url = cache.url();
    let gateway = Gateway::start_with(&[
        "--redis-url",
        &url,
        "--trusted-proxies=1",
        // Ten in a burst; a slow machine gives some back meanwhile.
        "--reads-per-second=1",
    ])
    .await;
    gateway.upstream.answers(
        "ListExposures",
        &ListExposuresResponse {
            page_json: br#"{"items":[],"next_cursor":null}"#.to_vec().into(),
            ..ListExposuresResponse::default()
        },
    );
    gateway
        .upstream
        .answers("RegisterAssets", &RegisterAssetsResponse::default());
    (gateway, cache)
}

async fn read(gateway: &Gateway) -> Response {
    let request = gateway.owner(Method::GET, EXPOSURES);
    request.send().await.unwrap()
}

async fn log_in(gateway: &Gateway, from: &str, email: &str) -> Response {
    gateway
        .anonymous(Method::POST, LOGIN)
        .header("x-forwarded-for", from)
        .json(&json!({ "email": email, "password": "correct horse battery staple" }))
        .send()
        .await
        .unwrap()
}

fn text<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name).map(|value| value.to_str());
    value.unwrap_or(Ok("")).unwrap()
}

#[tokio::test]
async fn answers_say_what_is_left_until_nothing_is() {
    let (gateway, _cache) = limited().await;
    let first = read(&gateway).await;
    assert_eq!(first.status(), 200);
    assert_eq!(
        text(&first, "ratelimit-policy"),
        r#""caller";q=10;w=10, "organization";q=50;w=10"#
    );
    let left = text(&first, "ratelimit").to_owned();
    assert!(left.starts_with(r#""caller";r=9;t="#), "{left}");
    assert!(left.contains(r#""organization";r=49;t="#), "{left}");

    let mut answer = first;
    for _ in 0..60 {
        answer = read(&gateway).await;
        if answer.status() == 429 {
            break;
        }
    }
    assert!(text(&answer, "ratelimit").starts_with(r#""caller";r=0;t="#));
    assert_eq!(text(&answer, "retry-after"), "1");
    problem(answer, 429, "request.rate_limited").await;
    // Writes have a budget of their own.
    let write = gateway
        .owner(Method::POST, "/api/v1/assets/bulk")
        .json(&json!({"assets": [{"value": "a.example"}]}))
        .send()
        .await
        .unwrap();
    assert!(write.status().is_success(), "{write:?}");
    assert!(text(&write, "ratelimit").starts_with(r#""caller";r=599;"#));
}

#[tokio::test]
async fn wrong_passwords_keep_their_own_address_waiting_and_nobody_else() {
    let (gateway, _cache) = limited().await;
    let (wrong, code) = (Kind::Unauthenticated, "auth.wrong_credentials");
    gateway.upstream.refuses("LogIn", wrong, code);
    for _ in 0..6 {
        let answer = log_in(&gateway, "198.51.100.1", "ana@example.com").await;
        problem(answer, 401, code).await;
    }
    // Whatever its case, it is the same account.
    let answer = log_in(&gateway, "198.51.100.1", " Ana@Example.com").await;
    assert!(!text(&answer, "retry-after").is_empty());
    let asked = gateway.upstream.calls_of("LogIn").len();
    problem(answer, 429, "request.rate_limited").await;
    assert_eq!(
        gateway.upstream.calls_of("LogIn").len(),
        asked,
        "it was let through"
    );

    gateway.upstream.answers("LogIn", &session());
    for (from, email) in [
        ("198.51.100.2", "ana@example.com"),
        ("198.51.100.1", "ben@example.com"),
    ] {
        let answer = log_in(&gateway, from, email).await;
        assert_eq!(answer.status(), 200, "{from} {email}");
    }
}

#[tokio::test]
async fn an_account_under_attack_is_guarded_and_its_owner_still_gets_in() {
    let (gateway, _cache) = limited().await;
    let (wrong, code) = (Kind::Unauthenticated, "auth.wrong_credentials");
    gateway.upstream.refuses("LogIn", wrong, code);
    for nth in 1..=52 {
        let from = format!("203.0.113.{nth}");
        problem(log_in(&gateway, &from, "ana@example.com").await, 401, code).await;
    }
    // From here on an address has one try.
    let from = "203.0.113.99";
    problem(log_in(&gateway, from, "ana@example.com").await, 401, code).await;
    let again = log_in(&gateway, from, "ana@example.com").await;
    let wait: u64 = text(&again, "retry-after").parse().unwrap();
    assert!((800..=900).contains(&wait), "{wait}");
    problem(again, 429, "request.rate_limited").await;
    gateway.upstream.answers("LogIn", &session());
    let owner = log_in(&gateway, "192.0.2.7", "ana@example.com").await;
    assert_eq!(owner.status(), 200);
}

#[tokio::test]
async fn one_address_has_a_budget_to_sign_in_and_a_whole_ipv6_network_is_one() {
    let (gateway, _cache) = limited().await;
    gateway.upstream.answers("LogIn", &session());
    let mut refused = None;
    for nth in 0..90 {
        let from = format!("2001:db8:1:2:{nth:x}::1");
        let answer = log_in(&gateway, &from, &format!("user{nth}@example.com")).await;
        if answer.status() == 429 {
            refused = Some((nth, answer));
            break;
        }
    }
    let (nth, answer) = refused.unwrap();
    assert!(nth >= 60, "{nth}");
    assert_eq!(text(&answer, "ratelimit-policy"), r#""sign-in";q=60;w=60"#);
    let other = log_in(&gateway, "2001:db8:1:3::1", "user@example.com").await;
    assert_eq!(other.status(), 200);
}

#[tokio::test]
async fn an_address_that_guesses_tokens_is_slowed_down() {
    let (gateway, _cache) = limited().await;
    let mut last = None;
    for _ in 0..3_000 {
        let answer = gateway
            .anonymous(Method::GET, EXPOSURES)
            .header("x-forwarded-for", "198.51.100.9")
            .bearer_auth("guess")
            .send()
            .await
            .unwrap();
        let status = answer.status();
        last = Some(answer);
        if status == 429 {
            break;
        }
        assert_eq!(status, 401);
    }
    problem(last.unwrap(), 429, "request.rate_limited").await;
    // Somebody with a token is not, even from there.
    let answer = gateway
        .owner(Method::GET, EXPOSURES)
        .header("x-forwarded-for", "198.51.100.9");
    assert_eq!(answer.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn without_redis_nobody_signs_in_and_everybody_goes_on() {
    let (gateway, mut cache) = limited().await;
    gateway.upstream.answers("LogIn", &session());
    cache.kill().await.unwrap();
    let answer = log_in(&gateway, "198.51.100.1", "ana@example.com").await;
    problem(answer, 503, "limit.unavailable").await;
    assert!(gateway.upstream.calls_of("LogIn").is_empty());
    for step in ["begin", "finish"] {
        let body = json!({"ceremony": "c", "credential": {}});
        let asked = gateway.anonymous(Method::POST, &format!("/api/v1/auth/passkey/{step}"));
        let answer = asked.json(&body).send().await.unwrap();
        problem(answer, 503, "limit.unavailable").await;
    }
    for _ in 0..30 {
        let answer = read(&gateway).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(text(&answer, "ratelimit"), "");
    }
    let write = gateway
        .owner(Method::POST, "/api/v1/assets/bulk")
        .json(&json!({"assets": [{"value": "a.example"}]}));
    assert!(write.send().await.unwrap().status().is_success());
    cache.restart().await.unwrap();
    let patience = Duration::from_mins(1);
    wait::until(patience, "signing in to work again", async || {
        let answer = log_in(&gateway, "198.51.100.1", "ana@example.com").await;
        (answer.status() == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn what_nests_too_deep_or_has_too_many_headers_is_refused() {
    let (gateway, _cache) = limited().await;
    let deep = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let answer = gateway
        .owner(Method::POST, "/api/v1/assets")
        .header("content-type", "application/json")
        .body(deep);
    problem(answer.send().await.unwrap(), 400, "request.too_deep").await;
    let answer = gateway
        .owner(Method::GET, EXPOSURES)
        .header("x-much", "m".repeat(40 << 10));
    problem(
        answer.send().await.unwrap(),
        431,
        "request.headers_too_large",
    )
    .await;
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn who_never_ends_its_headers_is_let_go() {
    let gateway = Gateway::start_with(&["--headers-within-ms=300"]).await;
    let mut slow = TcpStream::connect(gateway.address).await.unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: ")
        .await
        .unwrap();
    let mut said = Vec::new();
    let ended = timeout(Duration::from_mins(1), slow.read_to_end(&mut said)).await;
    ended.unwrap().unwrap();
    assert!(!String::from_utf8_lossy(&said).contains("200"));
}

#[tokio::test]
async fn who_never_ends_its_body_is_answered_in_time() {
    let gateway = Gateway::start_with(&["--answers-within-ms=300"]).await;
    let mut slow = TcpStream::connect(gateway.address).await.unwrap();
    slow.write_all(
        b"POST /api/v1/auth/login HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
          content-length: 90\r\n\r\n{\"email\":",
    )
    .await
    .unwrap();
    let mut said = Vec::new();
    let ended = timeout(Duration::from_mins(1), slow.read_to_end(&mut said)).await;
    ended.unwrap().unwrap();
    let said = String::from_utf8_lossy(&said);
    assert!(said.contains("request.timed_out"), "{said}");
    assert_eq!(gateway.upstream.calls(), 0);
}

/// A session of somebody, as the tenant service answers.
fn session() -> SessionResponse {
    SessionResponse {
        access_token: "token".to_owned(),
        refresh_token: "refresh".to_owned(),
        expires_in: 600,
        user: Some(wt_proto::tenant::User::default()),
        organization: Some(wt_proto::tenant::Membership {
            role: Role::Owner.to_string(),
            ..wt_proto::tenant::Membership::default()
        }),
        ..SessionResponse::default()
    }
}

/// The session's shape, so that a changed one fails here with its name.
#[tokio::test]
async fn a_login_within_its_budgets_answers_with_a_session() {
    let (gateway, _cache) = limited().await;
    gateway.upstream.answers("LogIn", &session());
    let answer = log_in(&gateway, "198.51.100.1", "ana@example.com").await;
    assert!(text(&answer, "ratelimit").starts_with(r#""sign-in";r=59;t="#));
    let body: Value = answer.json().await.unwrap();
    assert_eq!(body["access_token"], "token");
}
