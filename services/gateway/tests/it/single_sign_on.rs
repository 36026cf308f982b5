//! Single sign-on at the door: the cookie that ties it to a browser, and where browsers are sent.
use reqwest::{Client, Method, Response, redirect::Policy};
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_proto::{
    Message,
    tenant::{
        CompleteSsoRequest, CompleteSsoResponse, SessionResponse, StartSsoRequest, StartSsoResponse,
    },
};

use crate::gateway::{Gateway, problem};

const PROVIDER: &str = "https://idp.example.com/authorize?state=s";
const CALLBACK: &str = "/api/v1/auth/sso/callback?state=s&code=c&iss=https%3A%2F%2Fidp.example.com";

async fn gateway() -> Gateway {
    let gateway = Gateway::start_with(&["--public-url=https://watch.example.com"]).await;
    let answer = StartSsoResponse {
        authorization_url: PROVIDER.to_owned(),
    };
    gateway.upstream.answers("StartSso", &answer);
    gateway
}

/// What a browser on our own page says of its request.
async fn start(gateway: &Gateway, origin: &str) -> Response {
    gateway
        .anonymous(Method::POST, "/api/v1/auth/sso/start")
        .header("origin", origin)
        .header("x-watchtower-csrf", "1")
        .json(&json!({ "email": "bob@corp.example", "return_to": "/app" }))
        .send()
        .await
        .unwrap()
}

/// Follows the provider's redirect back to us.
async fn come_back(gateway: &Gateway, cookie: &str) -> Response {
    let client = Client::builder().redirect(Policy::none()).no_proxy();
    client
        .build()
        .unwrap()
        .get(gateway.url(CALLBACK))
        .header("cookie", cookie)
        .send()
        .await
        .unwrap()
}

fn cookies(answer: &Response) -> Vec<&str> {
    let all = answer.headers().get_all("set-cookie");
    all.iter().map(|one| one.to_str().unwrap()).collect()
}

#[tokio::test]
async fn a_sign_in_carries_its_browsers_cookie_there_and_back() {
    let gateway = gateway().await;
    let begun = start(&gateway, "https://watch.example.com").await;
    assert_eq!(begun.status(), 200);
    let cookie = cookies(&begun).remove(0).to_owned();
    for attribute in [
        "__Host-wt_sso=",
        "Secure",
        "HttpOnly",
        "SameSite=Lax",
        "Max-Age=600",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(begun.headers()["cache-control"], "no-store");
    let said: Value = begun.json().await.unwrap();
    assert_eq!(said["authorization_url"], PROVIDER);
    let pair = cookie.split(';').next().unwrap();
    let (_, secret) = pair.split_once('=').unwrap();
    let call = gateway.upstream.calls_of("StartSso").remove(0);
    let asked = StartSsoRequest::decode(call.message).unwrap();
    let redirect = "https://watch.example.com/api/v1/auth/sso/callback";
    assert_eq!(
        (asked.browser_secret.as_str(), asked.redirect_uri.as_str()),
        (secret, redirect)
    );

    let session = SessionResponse {
        session_secret: "session-secret".to_owned(),
        ..Default::default()
    };
    let answer = CompleteSsoResponse {
        session: Some(session),
        return_to: "/app".to_owned(),
    };
    gateway.upstream.answers("CompleteSso", &answer);
    let back = come_back(&gateway, pair).await;
    assert_eq!(back.status(), 303);
    assert_eq!(back.headers()["location"], "/app");
    let given = cookies(&back);
    assert!(
        given
            .iter()
            .any(|one| one.starts_with("__Host-wt_session=session-secret;"))
    );
    assert!(
        given
            .iter()
            .any(|one| one.starts_with("__Host-wt_sso=; Max-Age=0"))
    );
    let call = gateway.upstream.calls_of("CompleteSso").remove(0);
    let asked = CompleteSsoRequest::decode(call.message).unwrap();
    assert_eq!(asked.browser_secret, secret);
    assert_eq!(
        (asked.code.as_str(), asked.issuer.as_str()),
        ("c", "https://idp.example.com")
    );
}

#[tokio::test]
async fn what_does_not_work_leads_back_to_the_log_in_page_with_its_code() {
    let gateway = gateway().await;
    for (kind, code) in [
        (Kind::Forbidden, "sso.refused"),
        (Kind::Precondition, "sso.provider_unusable"),
        (Kind::Unavailable, "auth.busy"),
    ] {
        gateway.upstream.refuses("CompleteSso", kind, code);
        let back = come_back(&gateway, "__Host-wt_sso=x").await;
        assert_eq!(back.status(), 303);
        assert_eq!(
            back.headers()["location"],
            format!("/login?sso_error={code}")
        );
        assert!(
            !cookies(&back)
                .iter()
                .any(|one| one.starts_with("__Host-wt_session"))
        );
    }
}

#[tokio::test]
async fn it_begins_on_our_own_pages_and_needs_our_own_address() {
    let gateway = gateway().await;
    let elsewhere = start(&gateway, "https://evil.example").await;
    assert_eq!(elsewhere.status(), 403);
    assert!(gateway.upstream.calls_of("StartSso").is_empty());

    let nameless = Gateway::start().await;
    let answer = nameless
        .anonymous(Method::POST, "/api/v1/auth/sso/start")
        .header("origin", nameless.url(""))
        .header("x-watchtower-csrf", "1")
        .json(&json!({ "email": "bob@corp.example" }))
        .send()
        .await
        .unwrap();
    problem(answer, 409, "sso.not_configured").await;
}
