//! Every operation of the contract, against callers who may not. Generated from the contract, so
//! that a new operation is covered the day it is written.
use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use wt_model::{Permission, Role, role_may};

use crate::gateway::{Gateway, problem};

pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) permission: String,
}

pub(crate) fn operations() -> Vec<Operation> {
    let contract: Value = serde_json::from_str(&wt_gateway::openapi::document()).unwrap();
    let mut found = Vec::new();
    for (path, item) in contract["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            found.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: concrete(path),
                permission: operation["x-permission"].as_str().unwrap().to_owned(),
            });
        }
    }
    found
}

/// The path with addresses that could exist.
fn concrete(path: &str) -> String {
    let ulid = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let id = if path.contains("/assets/") {
        format!("ast_{ulid}")
    } else if path.contains("/authorizations/") {
        format!("auz_{ulid}")
    } else if path.contains("/sessions/") {
        format!("ses_{ulid}")
    } else if path.contains("/api-keys/") {
        format!("key_{ulid}")
    } else if path.contains("/connections/") {
        format!("sso_{ulid}")
    } else if path.contains("/tenants/") {
        format!("org_{ulid}")
    } else if path.contains("/artifacts/") {
        format!("run_{ulid}.{}", "0".repeat(64))
    } else {
        format!("rep_{ulid}")
    };
    path.replace("{id}", &id)
        .replace("{run_id}", &format!("run_{ulid}"))
        .replace("{key}", "exp1_abcdefghijklmnopqrstuvwxyz")
}

#[tokio::test]
async fn nobody_gets_in_without_a_valid_credential() {
    let gateway = Gateway::start().await;
    let stranger = Gateway::start().await.token(Some(Role::Owner));
    let credentials = [None, Some("nonsense".to_owned()), Some(stranger)];
    let mut asked = 0;
    for operation in operations()
        .iter()
        .filter(|operation| operation.permission != "public")
    {
        for credential in &credentials {
            let mut request = gateway.anonymous(operation.method.clone(), &operation.path);
            if let Some(token) = credential {
                request = request.bearer_auth(token);
            }
            problem(request.send().await.unwrap(), 401, "auth.unauthenticated").await;
            asked += 1;
        }
    }
    assert!(asked > 100, "{asked}");
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_role_without_the_permission_is_refused_before_anything_happens() {
    let gateway = Gateway::start().await;
    let roles: Vec<Option<Role>> = Role::ALL.iter().copied().map(Some).chain([None]).collect();
    let mut refused = BTreeSet::new();
    for operation in operations() {
        let Ok(permission) = operation.permission.parse::<Permission>() else {
            assert!(["public", "signed_in"].contains(&operation.permission.as_str()));
            continue;
        };
        for role in &roles {
            if role.is_some_and(|role| role_may(role, permission)) {
                continue;
            }
            let request = gateway
                .anonymous(operation.method.clone(), &operation.path)
                .bearer_auth(gateway.token(*role));
            problem(request.send().await.unwrap(), 403, "auth.forbidden").await;
            refused.insert(format!("{} {}", operation.method, operation.path));
        }
    }
    assert!(refused.len() > 35, "{}", refused.len());
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn identity_headers_from_outside_mean_nothing() {
    let gateway = Gateway::start().await;
    for (name, value) in [
        ("x-tenant-key", "org_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("x-forwarded-user", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("authorization", "Basic b3duZXI6b3duZXI="),
    ] {
        let request = gateway
            .anonymous(Method::GET, "/api/v1/assets")
            .header(name, value);
        problem(request.send().await.unwrap(), 401, "auth.unauthenticated").await;
    }
}
