//! The graph and the comparison of runs at this door: what is asked of whom, and what is shown.
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use wt_proto::{
    Message as _,
    asset::{Asset, ListAssetsRequest, ListAssetsResponse},
    results::{
        CompareRunsResponse, ComparedCounts, ComparedExposure, FindPathResponse, GetGraphRequest,
        GetGraphResponse, Graph, GraphEdge, GraphNode,
    },
    scan::{GetRunResponse, Run},
};

use crate::gateway::Gateway;

const ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const OTHER: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAW";

async fn ask(gateway: &Gateway, path: &str) -> (StatusCode, Value) {
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

fn graph() -> Graph {
    let node = |kind: &str, label: &str| GraphNode {
        id: format!("{kind}:{label}"),
        kind: kind.to_owned(),
        label: label.to_owned(),
        ..GraphNode::default()
    };
    Graph {
        nodes: vec![node("asset", ASSET), node("name", "www.example.com")],
        edges: vec![GraphEdge {
            from: format!("asset:{ASSET}"),
            to: "name:www.example.com".to_owned(),
            kind: "has".to_owned(),
        }],
        truncated: true,
    }
}

#[tokio::test]
async fn a_graph_calls_assets_what_people_call_them() {
    let gateway = Gateway::start().await;
    let graph = Some(graph());
    gateway.upstream.answers(
        "GetGraph",
        &GetGraphResponse {
            graph: graph.clone(),
        },
    );
    gateway
        .upstream
        .answers("FindPath", &FindPathResponse { graph });
    let asset = Asset {
        id: ASSET.to_owned(),
        value: "example.com".to_owned(),
        ..Asset::default()
    };
    let assets = ListAssetsResponse {
        assets: vec![asset],
        ..ListAssetsResponse::default()
    };
    gateway.upstream.answers("ListAssets", &assets);
    let asked = "/api/v1/graph?from=name:www.example.com&depth=3&limit=20";
    let (status, shown) = ask(&gateway, asked).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(
        shown,
        json!({
            "nodes": [
                { "id": format!("asset:{ASSET}"), "kind": "asset", "label": "example.com", "open": 0 },
                { "id": "name:www.example.com", "kind": "name", "label": "www.example.com", "open": 0 },
            ],
            "edges": [
                { "from": format!("asset:{ASSET}"), "to": "name:www.example.com", "kind": "has" },
            ],
            "truncated": true,
        })
    );
    let call = gateway.upstream.calls_of("GetGraph").remove(0);
    let asked = GetGraphRequest::decode(call.message).unwrap();
    assert_eq!(
        (asked.from.as_str(), asked.depth, asked.limit),
        ("name:www.example.com", 3, 20)
    );
    let call = gateway.upstream.calls_of("ListAssets").remove(0);
    assert_eq!(
        ListAssetsRequest::decode(call.message).unwrap().ids,
        [ASSET]
    );
    let (status, way) = ask(&gateway, "/api/v1/graph/path?from=name:a&to=name:b").await;
    assert_eq!((status, &way), (StatusCode::OK, &shown));

    for wrong in [
        "graph?depth=5",
        "graph?limit=501",
        "graph?depth=0",
        "graph/path?from=name:a",
    ] {
        let (status, problem) = ask(&gateway, &format!("/api/v1/{wrong}")).await;
        assert_eq!(status, 422, "{wrong}: {problem}");
        assert_eq!(problem["code"], "request.invalid_field");
    }
}

#[tokio::test]
async fn runs_are_compared_that_are_there_and_one_that_did_not_end_well_is_told() {
    let gateway = Gateway::start().await;
    let path = format!("/api/v1/scans/{RUN}/compare/{OTHER}?limit=10");
    gateway
        .upstream
        .refuses("GetRun", wt_fault::Kind::NotFound, "run.not_found");
    let (status, problem) = ask(&gateway, &path).await;
    assert_eq!(status, 404, "{problem}");
    assert!(gateway.upstream.calls_of("CompareRuns").is_empty());

    let run = |state: &str| GetRunResponse {
        run: Some(Run {
            seq: 7,
            state: state.to_owned(),
            ..Run::default()
        }),
    };
    let item = |port: u32| ComparedExposure {
        exposure_key: "exp1_x".to_owned(),
        host: "www.example.com".to_owned(),
        transport: "tcp".to_owned(),
        port,
        what: "gone".to_owned(),
        ..ComparedExposure::default()
    };
    let answer = CompareRunsResponse {
        comparable: true,
        counts: Some(ComparedCounts {
            gone: 2,
            ..ComparedCounts::default()
        }),
        items: vec![item(443), item(0)],
        next_cursor: "next".to_owned(),
        ..CompareRunsResponse::default()
    };
    gateway.upstream.answers("CompareRuns", &answer);
    gateway.upstream.answers("GetRun", &run("completed"));
    let (status, shown) = ask(&gateway, &path).await;
    assert_eq!(status, 200, "{shown}");
    assert_eq!(shown["comparable"], true);
    assert_eq!(shown["items"][0]["subject"], "www.example.com:443/tcp");
    assert_eq!(shown["items"][1]["subject"], "www.example.com");
    assert_eq!(
        (&shown["counts"]["gone"], &shown["next_cursor"]),
        (&json!(2), &json!("next"))
    );

    gateway.upstream.answers("GetRun", &run("partial"));
    let (_, shown) = ask(&gateway, &path).await;
    assert_eq!(shown["comparable"], false);
    assert_eq!(
        shown["reasons"],
        json!([{ "code": "incomplete", "says": "not everything was looked at: run #7 is partial" }])
    );
}
