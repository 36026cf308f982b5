//! Evidence with its secrets covered, and what asks for them.
use reqwest::Method;
use serde_json::Value;
use wt_model::Permission;
use wt_proto::{
    Message as _,
    results::{Evidence, RevealEvidenceRequest, RevealEvidenceResponse},
};

use crate::gateway::{Gateway, problem};

const KEY: &str = "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa";

#[tokio::test]
async fn values_are_asked_for_by_themselves_and_kept_by_nobody_on_the_way() {
    let gateway = Gateway::start().await;
    let answer = RevealEvidenceResponse {
        evidence: Some(Evidence {
            response: b"DB_PASSWORD=hunter2 \xff".to_vec(),
            ..Evidence::default()
        }),
        attributes: [("api_key".to_owned(), "k-123456".to_owned())].into(),
    };
    gateway.upstream.answers("RevealEvidence", &answer);
    let path = format!("/api/v1/exposures/{KEY}/reveal");
    // Looking at an address never is a call that leaves a record.
    let got = gateway.owner(Method::GET, &path).send().await.unwrap();
    assert_eq!(got.status(), 405);
    assert!(gateway.upstream.calls_of("RevealEvidence").is_empty());
    let got = gateway.owner(Method::POST, &path).send().await.unwrap();
    assert_eq!(got.status(), 200);
    assert_eq!(got.headers()["cache-control"], "no-store");
    let shown: Value = got.json().await.unwrap();
    assert_eq!(
        shown["evidence"]["response"],
        "DB_PASSWORD=hunter2 \u{fffd}"
    );
    assert_eq!(shown["evidence"]["covered"], 0);
    assert_eq!(shown["attributes"]["api_key"], "k-123456");
    let call = gateway.upstream.calls_of("RevealEvidence").pop().unwrap();
    let asked = RevealEvidenceRequest::decode(call.message).unwrap();
    assert_eq!(asked.key, KEY);
}

#[tokio::test]
async fn a_key_that_may_not_read_exposures_asks_for_nothing() {
    let gateway = Gateway::start().await;
    let url = gateway.url(&format!("/api/v1/exposures/{KEY}/reveal"));
    let token = gateway.key_token(&[Permission::AssetsRead]);
    let sent = gateway.client.post(url).bearer_auth(token);
    problem(sent.send().await.unwrap(), 403, "auth.forbidden").await;
    assert!(gateway.upstream.calls_of("RevealEvidence").is_empty());
}
