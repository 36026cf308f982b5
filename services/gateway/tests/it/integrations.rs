//! Webhooks and chats at the door: what is passed on, what is answered, and what is never shown.
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wt_model::Role;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    notify::{
        Integration, IntegrationDelivery, IntegrationRule, ListIntegrationDeliveriesResponse,
        PutIntegrationRequest, PutIntegrationResponse, ReplayIntegrationDeliveryRequest,
        ReplayIntegrationDeliveryResponse, Tracker,
    },
};

use crate::gateway::{Gateway, problem};

const ID: &str = "int_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const DELIVERY: &str = "dlv_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn row() -> Integration {
    Integration {
        id: ID.to_owned(),
        kind: "webhook".to_owned(),
        name: "tickets".to_owned(),
        origin: "https://hooks.example.com".to_owned(),
        rule: Some(IntegrationRule {
            min_severity: "high".to_owned(),
            events: vec!["NEW".to_owned()],
            asset_ids: Vec::new(),
        }),
        enabled: true,
        created_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        ..Default::default()
    }
}

fn delivery() -> IntegrationDelivery {
    IntegrationDelivery {
        id: DELIVERY.to_owned(),
        integration_id: ID.to_owned(),
        message_id: "msg_1".to_owned(),
        state: "pending".to_owned(),
        created_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        ..Default::default()
    }
}

fn settings() -> Value {
    json!({
        "kind": "webhook", "name": "tickets", "address": "https://hooks.example.com/T0/secret",
        "min_severity": "high", "events": ["NEW"],
    })
}

#[tokio::test]
async fn a_webhook_is_made_with_its_rule_and_its_secret_is_answered_once() {
    let gateway = Gateway::start().await;
    let made = PutIntegrationResponse {
        integration: Some(row()),
        secret: "whsec_x".to_owned(),
    };
    gateway.upstream.answers("PutIntegration", &made);
    let answer = gateway
        .owner(Method::POST, "/api/v1/integrations")
        .json(&settings())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["secret"], "whsec_x");
    assert_eq!(said["integration"]["origin"], "https://hooks.example.com");
    assert_eq!(said["integration"]["last_sent_at"], Value::Null);
    let call = gateway.upstream.calls_of("PutIntegration").remove(0);
    let asked = PutIntegrationRequest::decode(call.message).unwrap();
    assert_eq!((asked.id.as_str(), asked.enabled), ("", true));
    assert_eq!(asked.address, "https://hooks.example.com/T0/secret");
    let rule = asked.rule.unwrap();
    assert_eq!((rule.min_severity.as_str(), rule.events.len()), ("high", 1));

    let path = format!("/api/v1/integrations/{ID}");
    let changed = gateway
        .owner(Method::PUT, &path)
        .json(&settings())
        .send()
        .await
        .unwrap();
    let changed: Value = changed.json().await.unwrap();
    assert_eq!((&changed["id"], changed.get("secret")), (&ID.into(), None));
}

#[tokio::test]
async fn a_message_is_replayed_by_its_address_and_what_has_none_is_not_there() {
    let gateway = Gateway::start().await;
    let page = ListIntegrationDeliveriesResponse {
        deliveries: vec![delivery()],
        ..Default::default()
    };
    gateway.upstream.answers("ListIntegrationDeliveries", &page);
    let replayed = ReplayIntegrationDeliveryResponse {
        delivery: Some(delivery()),
    };
    gateway
        .upstream
        .answers("ReplayIntegrationDelivery", &replayed);
    let path = format!("/api/v1/integrations/{ID}/deliveries");
    let page = gateway.owner(Method::GET, &path).send().await.unwrap();
    let page: Value = page.json().await.unwrap();
    assert_eq!(page["items"][0]["last_status"], Value::Null);
    let again = format!("{path}/{DELIVERY}/replay");
    let answer = gateway.owner(Method::POST, &again).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let call = gateway
        .upstream
        .calls_of("ReplayIntegrationDelivery")
        .remove(0);
    let asked = ReplayIntegrationDeliveryRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.integration_id, asked.delivery_id),
        (ID.into(), DELIVERY.into())
    );
    for (path, code) in [
        (
            format!("{path}/run_1/replay"),
            "integration.delivery_not_found",
        ),
        (
            format!("/api/v1/integrations/sso_1/deliveries/{DELIVERY}/replay"),
            "integration.not_found",
        ),
    ] {
        let answer = gateway.owner(Method::POST, &path).send().await.unwrap();
        problem(answer, 404, code).await;
    }
}

#[tokio::test]
async fn who_does_not_manage_notifications_changes_nothing() {
    let gateway = Gateway::start().await;
    let token = gateway.token(Some(Role::Viewer));
    let path = format!("/api/v1/integrations/{ID}");
    for (method, path) in [
        (Method::POST, "/api/v1/integrations".to_owned()),
        (Method::PUT, path.clone()),
        (Method::DELETE, path.clone()),
        (Method::POST, format!("{path}/rotate")),
        (Method::POST, format!("{path}/test")),
        (Method::POST, format!("{path}/deliveries/{DELIVERY}/replay")),
    ] {
        let request = gateway.anonymous(method, &path).bearer_auth(&token);
        let answer = request.json(&settings()).send().await.unwrap();
        problem(answer, 403, "auth.forbidden").await;
    }
}

#[tokio::test]
async fn a_tracker_is_passed_on_whole_and_its_token_is_never_answered() {
    let gateway = Gateway::start().await;
    let tracker = Tracker {
        project: "acme/web".to_owned(),
        labels: vec!["security".to_owned()],
        ..Default::default()
    };
    let made = PutIntegrationResponse {
        integration: Some(Integration {
            kind: "github".to_owned(),
            tracker: Some(tracker.clone()),
            failing: "GitHub refuses the token: store a new one".to_owned(),
            ..row()
        }),
        secret: String::new(),
    };
    gateway.upstream.answers("PutIntegration", &made);
    let asked = json!({
        "kind": "github", "name": "web team", "token": "github_pat_1", "min_severity": "high",
        "tracker": { "project": "acme/web", "labels": ["security"] },
    });
    let answer = gateway
        .owner(Method::POST, "/api/v1/integrations")
        .json(&asked)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let said: Value = answer.json().await.unwrap();
    assert_eq!(said["integration"]["kind"], "github");
    assert_eq!(said["integration"]["tracker"]["project"], "acme/web");
    assert!(!said.to_string().contains("github_pat_1"));
    assert_eq!(
        said["integration"]["failing"],
        "GitHub refuses the token: store a new one"
    );
    let call = gateway.upstream.calls_of("PutIntegration").remove(0);
    let passed = PutIntegrationRequest::decode(call.message).unwrap();
    assert_eq!(passed.tracker, Some(tracker));
    assert_eq!(
        (passed.token.as_str(), passed.address.as_str()),
        ("github_pat_1", "")
    );
}
