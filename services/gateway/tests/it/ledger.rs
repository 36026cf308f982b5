//! The ledger at the public door: what is signed with, and what is shown to who is not signed in.
use reqwest::Method;
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_model::Role;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    results::{
        DeleteTransparencyResponse, GetPublicLedgerRequest, GetPublicLedgerResponse, LedgerKey,
        LedgerSuccession, ListLedgerKeysResponse, ListPublicHeadsResponse, ProveGrowthResponse,
        ProvePublicGrowthRequest, PublicHead, PutTransparencyRequest, PutTransparencyResponse,
        TransparencyPage,
    },
};

use crate::gateway::{Gateway, TENANT, problem};

fn head(tree_size: u64) -> PublicHead {
    PublicHead {
        at: "2026-11-22T08:00:00.123456789Z".to_owned(),
        key_id: "ab".repeat(32),
        root_hash: "cd".repeat(32),
        signature: "c2ln".to_owned(),
        tenant_key: TENANT.to_owned(),
        tree_size,
    }
}

async fn anybody_gets(gateway: &Gateway, path: &str) -> (String, Value) {
    let got = gateway.anonymous(Method::GET, path).send().await.unwrap();
    assert_eq!(got.status(), 200, "{path}");
    let kept = got.headers().get("cache-control").unwrap();
    let kept = kept.to_str().unwrap().to_owned();
    (kept, got.json().await.unwrap())
}

#[tokio::test]
async fn the_keys_are_published_with_their_times_to_everybody() {
    let gateway = Gateway::start().await;
    let moment = to_timestamp(time::OffsetDateTime::UNIX_EPOCH);
    let key = |id: &str| LedgerKey {
        key_id: id.to_owned(),
        public_key_pem: "PEM".to_owned(),
        ..LedgerKey::default()
    };
    let answer = ListLedgerKeysResponse {
        keys: vec![
            LedgerKey {
                valid_until: Some(moment),
                ..key("old")
            },
            LedgerKey {
                valid_from: Some(moment),
                ..key("new")
            },
        ],
        successions: vec![LedgerSuccession {
            at: "1970-01-01T00:00:00Z".to_owned(),
            from: "b2xk".to_owned(),
            from_signature: "MQ==".to_owned(),
            to: "bmV3".to_owned(),
            to_signature: "Mg==".to_owned(),
        }],
    };
    gateway.upstream.answers("ListLedgerKeys", &answer);
    let (kept, shown) = anybody_gets(&gateway, "/api/v1/ledger/keys").await;
    assert_eq!(kept, "public, max-age=300");
    assert_eq!(
        shown,
        json!({
            "format": "watchtower.ledger-keys.v1",
            "keys": [
                {"key_id": "old", "algorithm": "Ed25519", "public_key_pem": "PEM",
                 "valid_until": "1970-01-01T00:00:00Z"},
                {"key_id": "new", "algorithm": "Ed25519", "public_key_pem": "PEM",
                 "valid_from": "1970-01-01T00:00:00Z"},
            ],
            "successions": [{
                "at": "1970-01-01T00:00:00Z", "from": "b2xk", "from_signature": "MQ==",
                "to": "bmV3", "to_signature": "Mg==",
            }],
        })
    );
}

#[tokio::test]
async fn a_shown_ledger_is_read_without_sign_in_and_kept_for_a_minute() {
    let gateway = Gateway::start().await;
    let answer = GetPublicLedgerResponse {
        label: String::new(),
        tenant_key: TENANT.to_owned(),
        head: Some(head(7)),
    };
    gateway.upstream.answers("GetPublicLedger", &answer);
    let answer = ListPublicHeadsResponse {
        heads: vec![head(7), head(3)],
        next_cursor: String::new(),
    };
    gateway.upstream.answers("ListPublicHeads", &answer);
    let proof = ProveGrowthResponse {
        proof_json: "{\"b\":1,\"a\":2}".to_owned(),
    };
    gateway.upstream.answers("ProvePublicGrowth", &proof);
    let (kept, shown) = anybody_gets(&gateway, "/api/v1/transparency/acme").await;
    assert_eq!(kept, "public, max-age=60");
    let seven = json!({
        "at": "2026-11-22T08:00:00.123456789Z", "key_id": "ab".repeat(32),
        "root_hash": "cd".repeat(32), "signature": "c2ln", "tenant_key": TENANT, "tree_size": 7,
    });
    let expected = json!({"name": "acme", "label": "", "tenant_key": TENANT, "head": seven});
    assert_eq!(shown, expected);
    let (_, page) = anybody_gets(&gateway, "/api/v1/transparency/acme/heads?limit=2").await;
    assert_eq!(page["items"][0], seven);
    assert_eq!(page["next_cursor"], Value::Null);
    let path = "/api/v1/transparency/acme/consistency?from=3&to=7";
    let got = gateway.anonymous(Method::GET, path).send().await.unwrap();
    assert_eq!(got.headers()["cache-control"], "public, max-age=60");
    assert_eq!(got.text().await.unwrap(), proof.proof_json, "byte for byte");
    let asked = gateway.upstream.calls_of("ProvePublicGrowth").remove(0);
    let asked = ProvePublicGrowthRequest::decode(asked.message).unwrap();
    assert_eq!((asked.from_size, asked.to_size), (3, 7));
    let asked = gateway.upstream.calls_of("GetPublicLedger").remove(0);
    let asked = GetPublicLedgerRequest::decode(asked.message).unwrap();
    assert_eq!(asked.name, "acme");
}

#[tokio::test]
async fn a_name_that_is_none_asks_nobody_and_is_answered_as_one_that_nobody_has() {
    let gateway = Gateway::start().await;
    for name in ["ab", "Acme", "-acme", "a_b", &"x".repeat(64)] {
        let path = format!("/api/v1/transparency/{name}");
        let got = gateway.anonymous(Method::GET, &path).send().await.unwrap();
        problem(got, 404, "transparency.not_found").await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
    let code = "transparency.not_found";
    gateway
        .upstream
        .refuses("GetPublicLedger", Kind::NotFound, code);
    let path = "/api/v1/transparency/nobody";
    let got = gateway.anonymous(Method::GET, path).send().await.unwrap();
    let kept = got.headers().get("cache-control").cloned();
    problem(got, 404, code).await;
    assert_eq!(kept.unwrap(), "no-store", "turning it on shows at once");
}

#[tokio::test]
async fn a_page_is_turned_on_and_off_by_administrators() {
    let gateway = Gateway::start().await;
    let page = TransparencyPage {
        name: "acme".to_owned(),
        label: "Acme".to_owned(),
        since: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
    };
    let answer = PutTransparencyResponse { page: Some(page) };
    gateway.upstream.answers("PutTransparency", &answer);
    let off = DeleteTransparencyResponse {};
    gateway.upstream.answers("DeleteTransparency", &off);
    let path = "/api/v1/ledger/transparency";
    let put = |body: Value| gateway.owner(Method::PUT, path).json(&body).send();
    let shown: Value = put(json!({"label": "Acme"}))
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(shown["enabled"], true);
    assert_eq!(shown["name"], "acme");
    assert!(
        shown["url"]
            .as_str()
            .unwrap()
            .ends_with("/transparency/acme")
    );
    let asked = gateway.upstream.calls_of("PutTransparency").remove(0);
    let asked = PutTransparencyRequest::decode(asked.message).unwrap();
    assert_eq!((asked.name.as_str(), asked.label.as_str()), ("", "Acme"));
    let refused = put(json!({"name": ""})).await.unwrap();
    assert_eq!(refused.status(), 422);
    let deleted = gateway.owner(Method::DELETE, path).send().await.unwrap();
    assert_eq!(deleted.status(), 204);
    for (method, role) in [
        (Method::PUT, Role::Operator),
        (Method::DELETE, Role::Viewer),
    ] {
        let refused = gateway
            .anonymous(method, path)
            .bearer_auth(gateway.token(Some(role)))
            .json(&json!({}))
            .send()
            .await
            .unwrap();
        problem(refused, 403, "auth.forbidden").await;
    }
}
