//! The OpenAPI document: served, complete, consistent, and the one that clients are made from.
use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use wt_model::Permission;

use crate::gateway::Gateway;

fn contract() -> Value {
    serde_json::from_str(&wt_gateway::openapi::document()).unwrap()
}

#[tokio::test]
async fn the_contract_is_served_with_a_page_that_needs_nobody_else() {
    let gateway = Gateway::start().await;
    let served: Value = gateway
        .anonymous(Method::GET, "/api/openapi.json")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(served, contract());
    let page = gateway
        .anonymous(Method::GET, "/api/docs")
        .send()
        .await
        .unwrap();
    let policy = page
        .headers()
        .get("content-security-policy")
        .unwrap()
        .to_str()
        .unwrap();
    assert!(!policy.contains("unsafe"), "{policy}");
    let page = page.text().await.unwrap();
    for part in ["<script", "style=", "http://", "https://"] {
        assert!(!page.contains(part), "{part}");
    }
    for path in contract()["paths"].as_object().unwrap().keys() {
        assert!(page.contains(path), "{path}");
    }
    let style = gateway
        .anonymous(Method::GET, "/api/docs/style.css")
        .send()
        .await
        .unwrap();
    assert_eq!(
        style.headers().get("content-type").unwrap(),
        "text/css; charset=utf-8"
    );
}

#[test]
fn the_committed_contract_is_the_generated_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/openapi.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == wt_gateway::openapi::document(),
        "run: cargo run -p wt-gateway -- --openapi > web/openapi.json"
    );
}

#[test]
fn every_operation_says_who_may_call_it_and_how_it_refuses() {
    let contract = contract();
    assert_eq!(contract["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    let mut count = 0;
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            count += 1;
            let name = format!("{method} {path}");
            assert!(
                ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{name}"
            );
            assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
            let permission = operation["x-permission"].as_str().unwrap();
            let known = permission.parse::<Permission>().is_ok();
            assert!(
                known || ["public", "signed_in"].contains(&permission),
                "{name}: {permission}"
            );
            let open = operation["security"].as_array().unwrap().is_empty();
            assert_eq!(open, permission == "public", "{name}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(
                responses
                    .keys()
                    .any(|status| status.starts_with(['2', '3'])),
                "{name}"
            );
            for status in ["401", "422", "429", "500", "503"] {
                let body = &responses[status]["content"]["application/problem+json"];
                assert_eq!(
                    body["schema"]["$ref"], "#/components/schemas/ProblemDocument",
                    "{name} {status}"
                );
            }
            assert!(
                !path.contains('{') || responses.contains_key("404"),
                "{name}"
            );
        }
    }
    assert!(count >= 49, "{count}");
}

#[test]
fn every_reference_leads_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut BTreeSet<&'a str>) {
        match value {
            Value::Object(members) => {
                for (name, member) in members {
                    match member {
                        Value::String(target) if name == "$ref" => {
                            found.insert(target);
                        }
                        other => references(other, found),
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    let contract = contract();
    let mut found = BTreeSet::new();
    references(&contract, &mut found);
    assert!(found.len() > 40);
    for target in found {
        let pointer = target.strip_prefix('#').unwrap();
        assert!(contract.pointer(pointer).is_some(), "{target}");
    }
}
