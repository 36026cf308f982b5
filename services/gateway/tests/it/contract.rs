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
            let said = operation["description"].as_str().unwrap_or_default();
            let also = said.split_once("Also needs ").map_or("", |(_, also)| also);
            for word in also.split('`').skip(1).step_by(2) {
                assert!(word.parse::<Permission>().is_ok(), "{name}: {word}");
            }
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

/// Operations before a sign-in, by what lets them be so. An operation that is added without a
/// permission has to be added here, with its reason.
const PUBLIC: &[(&str, &[&str])] = &[
    (
        "it proves who somebody is, or begins to",
        &[
            "sign_up",
            "log_in",
            "complete_mfa",
            "begin_passkey_sign_in",
            "finish_passkey_sign_in",
            "start_sso",
            "complete_sso",
            "start_device",
        ],
    ),
    (
        "it shows a secret that was given out before",
        &[
            "refresh",
            "poll_device",
            "verify_email",
            "reset_password",
            "preview_invitation",
            "ask_for_invitation",
            "accept_invitation",
            "get_report_download",
            "open_report_share",
        ],
    ),
    (
        "it mails, and its answer says nothing",
        &["forgot_password"],
    ),
    (
        "it shows a signature of the payment provider",
        &["hear_stripe"],
    ),
    ("everybody may read it", &["list_plans", "list_ledger_keys"]),
    (
        "an organization shows it to whoever knows the name, and its administrators said so",
        &[
            "get_public_ledger",
            "list_public_heads",
            "get_public_consistency",
        ],
    ),
];

/// Operations of whoever is signed in, by what keeps them to themselves.
const SIGNED_IN: &[(&str, &[&str])] = &[
    (
        "it is about the caller alone",
        &[
            "get_me",
            "get_permissions",
            "log_out",
            "list_sessions",
            "end_session",
            "end_other_sessions",
            "change_password",
            "send_email_verification",
            "get_mfa",
            "enrol_totp",
            "confirm_totp",
            "remove_totp",
            "new_recovery_codes",
            "list_passkeys",
            "begin_passkey",
            "add_passkey",
            "rename_passkey",
            "remove_passkey",
            "get_device",
            "approve_device",
            "deny_device",
        ],
    ),
    (
        "it gives what the caller's memberships give",
        &[
            "list_organizations",
            "switch_organization",
            "join_organization",
        ],
    ),
    ("it makes something of the caller's own", &["create_tenant"]),
    (
        "which right it asks for depends on what is named, and the service asks",
        &["explain_access", "stream_events", "end_impersonation"],
    ),
];

#[test]
fn what_needs_no_permission_is_on_a_list_with_its_reason() {
    let contract = contract();
    for (word, pinned) in [("public", PUBLIC), ("signed_in", SIGNED_IN)] {
        let pinned: BTreeSet<&str> = pinned
            .iter()
            .flat_map(|(_, operations)| operations.iter().copied())
            .collect();
        let served: BTreeSet<&str> = contract["paths"]
            .as_object()
            .unwrap()
            .values()
            .flat_map(|item| item.as_object().unwrap().values())
            .filter(|operation| operation["x-permission"] == word)
            .map(|operation| operation["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(served, pinned, "{word}");
    }
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
