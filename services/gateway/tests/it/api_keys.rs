//! Programs with an API key, and how keys and sessions end here.
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_model::{Permission, PrincipalKind, Role};
use wt_proto::{
    Message as _,
    results::ListExposuresResponse,
    tenant::{
        EndSessionResponse, ForgotPasswordRequest, ForgotPasswordResponse, ResolveApiKeyRequest,
        ResolveApiKeyResponse, RevokeApiKeyResponse,
    },
};

use crate::gateway::{Gateway, problem};

const SECRET: &str = "wt_k3x9q2abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopq";
const KEY: &str = "key_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const OTHER: &str = "key_01ARZ3NDEKTSV4RRFFQ69G5FAW";

fn resolves(gateway: &Gateway, scopes: &[Permission]) {
    gateway.upstream.answers(
        "ResolveApiKey",
        &ResolveApiKeyResponse {
            access_token: gateway.key_token(scopes),
            api_key_id: KEY.to_owned(),
        },
    );
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
}

async fn asks(gateway: &Gateway) -> reqwest::Response {
    gateway
        .anonymous(Method::GET, "/api/v1/exposures")
        .bearer_auth(SECRET)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_key_is_a_bearer_token_that_is_asked_for_once() {
    let gateway = Gateway::start().await;
    resolves(&gateway, &[Permission::ExposuresRead]);
    for _ in 0..3 {
        assert_eq!(asks(&gateway).await.status(), StatusCode::OK);
    }
    let [call] = gateway
        .upstream
        .calls_of("ResolveApiKey")
        .try_into()
        .unwrap();
    let heard = ResolveApiKeyRequest::decode(call.message).unwrap();
    assert_eq!(heard.secret, SECRET);
    assert_eq!(heard.client.unwrap().ip, "127.0.0.1");
    // The service hears of a program, and of its limit.
    let calls = gateway.upstream.calls_of("ListExposures");
    let caller = gateway
        .verifier_of("results")
        .verify(&calls.first().unwrap().token)
        .unwrap();
    let principal = caller.principal.unwrap();
    assert_eq!(principal.kind, PrincipalKind::ApiKey);
    assert!(!principal.holds(Permission::AssetsWrite));
}

#[tokio::test]
async fn a_key_without_the_scope_is_refused_whatever_its_makers_role() {
    let gateway = Gateway::start().await;
    resolves(&gateway, &[Permission::AssetsRead]);
    problem(asks(&gateway).await, 403, "auth.forbidden").await;
    assert!(gateway.upstream.calls_of("ListExposures").is_empty());
}

#[tokio::test]
async fn a_key_that_is_not_valid_is_told_so() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .refuses("ResolveApiKey", Kind::Unauthenticated, "api_key.not_valid");
    problem(asks(&gateway).await, 401, "api_key.not_valid").await;
}

#[tokio::test]
async fn a_revoked_key_ends_with_the_answer_and_no_other_one_does() {
    let gateway = Gateway::start().await;
    resolves(&gateway, &[Permission::ExposuresRead]);
    gateway
        .upstream
        .answers("RevokeApiKey", &RevokeApiKeyResponse::default());
    assert_eq!(asks(&gateway).await.status(), StatusCode::OK);
    let revoke = async |id: &str| {
        let answer = gateway
            .owner(Method::DELETE, &format!("/api/v1/api-keys/{id}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    };
    revoke(OTHER).await;
    assert_eq!(asks(&gateway).await.status(), StatusCode::OK);
    revoke(KEY).await;
    // Though the key itself would still be believed for half a minute.
    problem(asks(&gateway).await, 401, "auth.unauthenticated").await;
}

#[tokio::test]
async fn an_ended_session_takes_its_tokens_with_it() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("EndSession", &EndSessionResponse::default());
    gateway
        .upstream
        .answers("ListExposures", &ListExposuresResponse::default());
    let token = gateway.token(Some(Role::Owner));
    let reads = || {
        gateway
            .anonymous(Method::GET, "/api/v1/exposures")
            .bearer_auth(&token)
            .send()
    };
    assert_eq!(reads().await.unwrap().status(), StatusCode::OK);
    let path = "/api/v1/sessions/ses_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let ended = gateway.owner(Method::DELETE, path).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::NO_CONTENT);
    problem(reads().await.unwrap(), 401, "auth.unauthenticated").await;
}

#[tokio::test]
async fn a_forgotten_password_is_answered_with_nothing() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("ForgotPassword", &ForgotPasswordResponse::default());
    let answer = gateway
        .anonymous(Method::POST, "/api/v1/auth/password/forgot")
        .json(&json!({"email": "a@b.example"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert!(answer.bytes().await.unwrap().is_empty());
    let [call] = gateway
        .upstream
        .calls_of("ForgotPassword")
        .try_into()
        .unwrap();
    let heard = ForgotPasswordRequest::decode(call.message).unwrap();
    assert_eq!(heard.email, "a@b.example");
}

#[tokio::test]
async fn a_new_key_needs_a_name_and_scopes_of_a_list() {
    let gateway = Gateway::start().await;
    let bad: [Value; 4] = [
        json!({"scopes": ["assets:read"]}),
        json!({"name": "n", "scopes": "assets:read"}),
        json!({"name": "n", "scopes": vec!["assets:read"; 65]}),
        json!({"name": "n", "scopes": ["assets:read"], "role": "owner"}),
    ];
    for body in bad {
        let answer = gateway
            .owner(Method::POST, "/api/v1/api-keys")
            .json(&body)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    assert!(gateway.upstream.calls_of("CreateApiKey").is_empty());
}
