//! Bad input is refused in a problem document that names what was wrong.
use reqwest::Method;
use serde_json::json;
use wt_fault::Kind;
use wt_proto::asset::{Asset, RegisterAssetsResponse, RegisteredAsset};

use crate::gateway::{Gateway, problem};

const ASSETS: &str = "/api/v1/assets";

#[tokio::test]
async fn malformed_json_is_refused_with_its_place() {
    let gateway = Gateway::start().await;
    for body in ["{\"value\": ", "[1,", "nonsense", "{} {}", ""] {
        let request = gateway
            .owner(Method::POST, ASSETS)
            .header("content-type", "application/json")
            .body(body);
        let status = if body == "{} {}" { 422 } else { 400 };
        let code = if status == 400 {
            "request.malformed_json"
        } else {
            "request.invalid_field"
        };
        problem(request.send().await.unwrap(), status, code).await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_list_is_not_an_object_whose_fields_stand_in_order() {
    let gateway = Gateway::start().await;
    for (method, path, body) in [
        (Method::POST, ASSETS, json!(["a.example"])),
        (
            Method::PATCH,
            "/api/v1/roles/rol_01ARZ3NDEKTSV4RRFFQ69G5FAV",
            json!([]),
        ),
        (Method::POST, "/api/v1/auth/passkey/begin", json!([])),
    ] {
        let answer = gateway
            .owner(method, path)
            .json(&body)
            .send()
            .await
            .unwrap();
        problem(answer, 422, "request.invalid_field").await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_field_of_the_wrong_type_is_named() {
    let gateway = Gateway::start().await;
    let wrong = [
        (ASSETS, json!({"value": 7}), "value"),
        (
            ASSETS,
            json!({"value": "a.example", "kind": "planet"}),
            "kind",
        ),
        (
            ASSETS,
            json!({"value": "a.example", "colour": "red"}),
            "colour",
        ),
        (
            "/api/v1/assets/bulk",
            json!({"assets": [{"value": "a.example"}, {"value": []}]}),
            "assets[1].value",
        ),
        ("/api/v1/assets/bulk", json!({"assets": []}), "assets"),
        (
            "/api/v1/scans",
            json!({"asset_ids": ["ast_x"]}),
            "asset_ids[0]",
        ),
        (
            "/api/v1/scans",
            json!({"asset_ids": [], "profile": "wild"}),
            "profile",
        ),
    ];
    for (path, body, field) in wrong {
        let answer = gateway
            .owner(Method::POST, path)
            .json(&body)
            .send()
            .await
            .unwrap();
        let refusal = problem(answer, 422, "request.invalid_field").await;
        assert_eq!(refusal["fields"][0]["field"], field, "{refusal}");
    }
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_wrong_query_parameter_is_named() {
    let gateway = Gateway::start().await;
    for (query, field) in [
        ("exposures?limit=0", "limit"),
        ("exposures?limit=201", "limit"),
        ("exposures?limit=ten", "limit"),
        ("exposures?severity=awful", "severity"),
        ("exposures?state=open,gone", "state"),
        ("changes?since=yesterday", "since"),
        ("events?topics=everything", "topics"),
    ] {
        let answer = gateway
            .owner(Method::GET, &format!("/api/v1/{query}"))
            .send()
            .await
            .unwrap();
        let refusal = problem(answer, 422, "request.invalid_field").await;
        assert_eq!(refusal["fields"][0]["field"], field, "{refusal}");
    }
}

#[tokio::test]
async fn the_one_character_that_cannot_be_stored_is_refused() {
    let gateway = Gateway::start().await;
    for path in ["assets?q=%00", "exposures?check_id=a%00b"] {
        let path = format!("/api/v1/{path}");
        let answer = gateway.owner(Method::GET, &path).send().await.unwrap();
        problem(answer, 422, "request.invalid_field").await;
    }
    let body = json!({"value": "a\u{0}.example"});
    let answer = gateway
        .owner(Method::POST, ASSETS)
        .json(&body)
        .send()
        .await
        .unwrap();
    problem(answer, 422, "request.invalid_field").await;
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_ledger_without_leaves_has_no_head() {
    let gateway = Gateway::start().await;
    let empty = wt_proto::results::GetTreeHeadResponse::default();
    gateway.upstream.answers("GetTreeHead", &empty);
    let answer = gateway
        .owner(Method::GET, "/api/v1/ledger/head")
        .send()
        .await
        .unwrap();
    problem(answer, 404, "ledger.empty").await;
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused() {
    let gateway = Gateway::start().await;
    let huge = json!({"value": "a".repeat(1 << 20)});
    let answer = gateway
        .owner(Method::POST, ASSETS)
        .json(&huge)
        .send()
        .await
        .unwrap();
    problem(answer, 413, "request.too_large").await;
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn a_body_that_is_not_sent_as_json_is_refused() {
    let gateway = Gateway::start().await;
    for media in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ] {
        let answer = gateway
            .owner(Method::POST, ASSETS)
            .header("content-type", media)
            .body("{\"value\": \"a.example\"}")
            .send()
            .await
            .unwrap();
        problem(answer, 415, "request.not_json").await;
    }
}

#[tokio::test]
async fn what_cannot_be_an_address_is_not_there() {
    let gateway = Gateway::start().await;
    for (path, code) in [
        ("assets/nonsense", "asset.not_found"),
        ("assets/run_01ARZ3NDEKTSV4RRFFQ69G5FAV", "asset.not_found"),
        ("scans/%00", "run.not_found"),
        ("exposures/exp1_short", "exposure.not_found"),
        ("reports/%2e%2e%2f", "report.not_found"),
        ("tenants/everyone/hierarchy", "organization.not_found"),
        (
            "artifacts/run_01ARZ3NDEKTSV4RRFFQ69G5FAV.zz",
            "artifact.not_found",
        ),
    ] {
        let answer = gateway
            .owner(Method::GET, &format!("/api/v1/{path}"))
            .send()
            .await
            .unwrap();
        problem(answer, 404, code).await;
    }
    assert_eq!(gateway.upstream.calls(), 0);
}

#[tokio::test]
async fn an_artifact_of_nobody_is_not_there() {
    let gateway = Gateway::start().await;
    let path = format!(
        "/api/v1/artifacts/run_01ARZ3NDEKTSV4RRFFQ69G5FAV.{}",
        "0".repeat(64)
    );
    let answer = gateway.owner(Method::GET, &path).send().await.unwrap();
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let gateway = Gateway::start().await;
    for path in ["/api", "/api/", "/api/v1/nothing", "/api/v2/assets"] {
        let answer = gateway.owner(Method::GET, path).send().await.unwrap();
        problem(answer, 404, "request.unknown_path").await;
    }
    let answer = gateway.owner(Method::PATCH, ASSETS).send().await.unwrap();
    problem(answer, 405, "request.method_not_allowed").await;
}

#[tokio::test]
async fn a_services_refusal_arrives_whole() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .refuses("GetRun", Kind::NotFound, "run.not_found");
    let path = "/api/v1/scans/run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    let refusal = problem(answer, 404, "run.not_found").await;
    assert_eq!(refusal["detail"], "as the service said");
    assert_eq!(refusal["advice"], "as the service advised");
}

#[tokio::test]
async fn an_asset_that_exists_is_a_conflict() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers(
        "RegisterAssets",
        &RegisterAssetsResponse {
            results: vec![RegisteredAsset {
                value: "a.example".to_owned(),
                status: "exists".to_owned(),
                asset: Some(Asset {
                    id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
                    created_at: Some(prost_types::Timestamp::default()),
                    ..Asset::default()
                }),
                ..RegisteredAsset::default()
            }],
        },
    );
    let body = json!({"value": "a.example"});
    let answer = gateway
        .owner(Method::POST, ASSETS)
        .json(&body)
        .send()
        .await
        .unwrap();
    problem(answer, 409, "asset.already_registered").await;
}

#[tokio::test]
async fn an_answer_without_what_its_contract_requires_is_our_fault() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("GetRun", &wt_proto::scan::GetRunResponse::default());
    let path = "/api/v1/scans/run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    problem(answer, 500, "gateway.broken_answer").await;
}
