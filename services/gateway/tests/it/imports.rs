//! What other tools found, at this door: whose assets are asked for, and what is shown.
use reqwest::Method;
use serde_json::{Value, json};
use wt_proto::{
    Message as _,
    asset::{AuthorizedAsset, ResolveScopeResponse},
    convert::to_timestamp,
    results::{
        Import, ImportFindingsRequest, ImportFindingsResponse, ListImportsResponse, RefusedLine,
    },
};

use crate::gateway::{Gateway, problem};

fn import(id: &str) -> Import {
    Import {
        id: id.to_owned(),
        format: "nmap".to_owned(),
        accepted: 3,
        unchanged: 1,
        opened: 2,
        refused: vec![RefusedLine {
            line: 4,
            reason: "out_of_scope".to_owned(),
            subject: "198.51.100.4:22".to_owned(),
            detail: "no verified asset of the organization holds it".to_owned(),
        }],
        refused_total: 1,
        by: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        ..Import::default()
    }
}

fn knows_assets(gateway: &Gateway) {
    let scope = ResolveScopeResponse {
        assets: vec![AuthorizedAsset {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            kind: "ip".to_owned(),
            value: "192.0.2.10".to_owned(),
            authorization_id: "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            expires_at: None,
        }],
        refused: Vec::new(),
    };
    gateway.upstream.answers("ResolveScope", &scope);
}

#[tokio::test]
async fn a_file_is_passed_on_as_it_came_with_what_the_caller_may_scan() {
    let gateway = Gateway::start().await;
    knows_assets(&gateway);
    let taken = ImportFindingsResponse {
        import: Some(import("imp_01ARZ3NDEKTSV4RRFFQ69G5FAV")),
    };
    gateway.upstream.answers("ImportFindings", &taken);
    // Larger than any JSON that is taken.
    let file = vec![b'\n'; 3 << 20];
    let answer = gateway
        .owner(Method::POST, "/api/v1/imports?format=nmap")
        .header("idempotency-key", "one")
        .body(file.clone())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(
        shown,
        json!({
            "id": "imp_01ARZ3NDEKTSV4RRFFQ69G5FAV", "format": "nmap", "accepted": 3,
            "unchanged": 1, "opened": 2, "changed": 0, "refused_total": 1,
            "refused": [{
                "line": 4, "reason": "out_of_scope", "subject": "198.51.100.4:22",
                "detail": "no verified asset of the organization holds it",
            }],
            "by": "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV", "at": "1970-01-01T00:00:00Z",
        })
    );
    let call = gateway.upstream.calls_of("ImportFindings").remove(0);
    let asked = ImportFindingsRequest::decode(call.message).unwrap();
    assert_eq!((asked.file, asked.format.as_str()), (file, "nmap"));
    assert_eq!(
        (asked.dry_run, asked.idempotency_key.as_str()),
        (false, "one")
    );
    assert_eq!(asked.assets[0].value, "192.0.2.10");
}

#[tokio::test]
async fn a_dry_run_has_no_id_and_a_wrong_format_or_too_long_a_file_is_refused_here() {
    let gateway = Gateway::start().await;
    knows_assets(&gateway);
    let looked = ImportFindingsResponse {
        import: Some(import("")),
    };
    gateway.upstream.answers("ImportFindings", &looked);
    let answer = gateway
        .owner(Method::POST, "/api/v1/imports?format=nmap&dry_run=true")
        .body("<nmaprun/>")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let shown: Value = answer.json().await.unwrap();
    assert_eq!(shown.get("id"), None);
    let asked = gateway.upstream.calls_of("ImportFindings").remove(0);
    assert!(
        ImportFindingsRequest::decode(asked.message)
            .unwrap()
            .dry_run
    );

    let answer = gateway.owner(Method::POST, "/api/v1/imports?format=nessus");
    let answer = answer.body("x").send().await.unwrap();
    problem(answer, 422, "request.invalid_field").await;
    let answer = gateway
        .owner(Method::POST, "/api/v1/imports?format=nuclei")
        .body(vec![b'\n'; (32 << 20) + 1])
        .send()
        .await
        .unwrap();
    problem(answer, 413, "import.too_large").await;
    let nothing = gateway.owner(Method::POST, "/api/v1/imports?format=nuclei");
    let answer = nothing.send().await.unwrap();
    problem(answer, 422, "request.invalid_field").await;
}

#[tokio::test]
async fn imports_are_listed() {
    let gateway = Gateway::start().await;
    let list = ListImportsResponse {
        imports: vec![import("imp_01ARZ3NDEKTSV4RRFFQ69G5FAV")],
        next_cursor: String::new(),
    };
    gateway.upstream.answers("ListImports", &list);
    let request = gateway.owner(Method::GET, "/api/v1/imports");
    let shown: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["items"][0]["opened"], 2);
    assert_eq!(shown["next_cursor"], Value::Null);
}
