//! Passkeys at the REST door: what the browser is given, and what its answer becomes.
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Role;
use wt_proto::{
    Message as _,
    tenant::{
        AddPasskeyRequest, AddPasskeyResponse, BeginPasskeyResponse, BeginPasskeySignInRequest,
        BeginPasskeySignInResponse, FinishPasskeySignInRequest, ListPasskeysResponse, Membership,
        Passkey, RenamePasskeyResponse, SessionResponse, User,
    },
};

use crate::gateway::{Gateway, TENANT, problem};

const ID: &str = "pky_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn passkey() -> Passkey {
    Passkey {
        id: ID.to_owned(),
        name: "phone".to_owned(),
        created_at: Some(prost_types::Timestamp::default()),
        last_used_at: None,
    }
}

#[tokio::test]
async fn a_browser_is_given_options_and_its_answer_begins_a_cookie_session() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers(
        "BeginPasskeySignIn",
        &BeginPasskeySignInResponse {
            ceremony: "the ceremony".to_owned(),
            options_json: r#"{"challenge":"AQ","userVerification":"required"}"#.to_owned(),
        },
    );
    let begun = gateway
        .anonymous(Method::POST, "/api/v1/auth/passkey/begin")
        .send()
        .await
        .unwrap();
    assert_eq!(begun.headers().get("cache-control").unwrap(), "no-store");
    let begun: Value = begun.json().await.unwrap();
    assert_eq!(begun["ceremony"], "the ceremony");
    assert_eq!(begun["options"]["userVerification"], "required");
    let answer = gateway
        .anonymous(Method::POST, "/api/v1/auth/passkey/begin")
        .json(&json!({"challenge": "of the password"}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let calls = gateway.upstream.calls_of("BeginPasskeySignIn");
    let heard: Vec<_> = calls
        .into_iter()
        .map(|call| {
            BeginPasskeySignInRequest::decode(call.message)
                .unwrap()
                .mfa_token
        })
        .collect();
    assert_eq!(heard, ["", "of the password"]);

    let session = SessionResponse {
        access_token: gateway.token(Some(Role::Owner)),
        expires_in: 600,
        session_secret: "secret".to_owned(),
        user: Some(User::default()),
        organization: Some(Membership {
            tenant_key: TENANT.to_owned(),
            role: "owner".to_owned(),
            ..Membership::default()
        }),
        ..SessionResponse::default()
    };
    gateway.upstream.answers("FinishPasskeySignIn", &session);
    let body = json!({
        "ceremony": "the ceremony",
        "credential": {"id": "AQ", "type": "public-key"},
        "mode": "cookie",
    });
    let finish = || gateway.anonymous(Method::POST, "/api/v1/auth/passkey/finish");
    // A page of another site may not sign anybody in.
    let foreign = finish().json(&body).send().await.unwrap();
    problem(foreign, 403, "auth.cross_site").await;
    let own = finish()
        .header("x-watchtower-csrf", "1")
        .header("origin", gateway.url(""))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(own.status(), 200);
    let cookie = own.headers().get("set-cookie").unwrap().to_str().unwrap();
    assert!(cookie.starts_with("__Host-wt_session=secret;"), "{cookie}");
    let [call] = gateway
        .upstream
        .calls_of("FinishPasskeySignIn")
        .try_into()
        .unwrap();
    let heard = FinishPasskeySignInRequest::decode(call.message).unwrap();
    assert_eq!(
        (heard.ceremony.as_str(), heard.mode.as_str()),
        ("the ceremony", "cookie")
    );
    let credential: Value = serde_json::from_str(&heard.credential_json).unwrap();
    assert_eq!(credential, body["credential"]);
}

#[tokio::test]
async fn ones_own_passkeys_are_made_listed_named_and_removed() {
    let gateway = Gateway::start().await;
    let upstream = &gateway.upstream;
    upstream.answers(
        "BeginPasskey",
        &BeginPasskeyResponse {
            ceremony: "c".to_owned(),
            options_json: "{}".to_owned(),
        },
    );
    upstream.answers(
        "AddPasskey",
        &AddPasskeyResponse {
            passkey: Some(passkey()),
        },
    );
    upstream.answers(
        "ListPasskeys",
        &ListPasskeysResponse {
            passkeys: vec![passkey()],
        },
    );
    upstream.answers(
        "RenamePasskey",
        &RenamePasskeyResponse {
            passkey: Some(passkey()),
        },
    );
    upstream.answers("RemovePasskey", &wt_proto::tenant::RemovePasskeyResponse {});
    let one = format!("/api/v1/me/passkeys/{ID}");
    let new = json!({"ceremony": "c", "name": "phone", "credential": {"id": "AQ"}});
    let list = "/api/v1/me/passkeys";
    for (method, path, body, status) in [
        (
            Method::POST,
            "/api/v1/me/passkeys/begin",
            json!({"password": "p"}),
            200,
        ),
        (Method::POST, list, new, 201),
        (Method::GET, list, Value::Null, 200),
        (Method::PATCH, &one, json!({"name": "laptop"}), 200),
        (Method::DELETE, &one, Value::Null, 204),
        (
            Method::DELETE,
            "/api/v1/me/passkeys/nonsense",
            Value::Null,
            404,
        ),
    ] {
        // Nobody in particular has none.
        let nobody = gateway.anonymous(method.clone(), path).json(&body);
        problem(nobody.send().await.unwrap(), 401, "auth.unauthenticated").await;
        let mut asked = gateway.owner(method.clone(), path);
        if !body.is_null() {
            asked = asked.json(&body);
        }
        let answer = asked.send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path}");
    }
    let [call] = gateway.upstream.calls_of("AddPasskey").try_into().unwrap();
    let heard = AddPasskeyRequest::decode(call.message).unwrap();
    assert_eq!(heard.credential_json, r#"{"id":"AQ"}"#);
}
