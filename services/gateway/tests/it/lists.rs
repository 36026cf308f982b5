//! Lists cost little: pages are passed on, and what decorates them is asked for once.
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use wt_proto::{
    asset::{Asset, ListAssetsResponse},
    convert::to_timestamp,
    results::{Exposure, ListExposuresRequest, ListExposuresResponse},
    scan::{ListRunsResponse, RequestRunResponse, Run},
    shown::exposure_page,
};

use crate::gateway::Gateway;

const ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const EXPOSURES: &str = "/api/v1/exposures";

fn now() -> prost_types::Timestamp {
    to_timestamp(time::OffsetDateTime::now_utc())
}

fn exposure() -> Exposure {
    Exposure {
        key: "exp1_aaaaaaaaaaaaaaaaaaaaaaaaaa".to_owned(),
        first_seen: Some(now()),
        last_seen: Some(now()),
        ..Exposure::default()
    }
}

async fn text(gateway: &Gateway, path: &str) -> String {
    let answer = gateway.owner(Method::GET, path).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    assert_eq!(
        answer.headers().get("content-type").unwrap(),
        "application/json"
    );
    answer.text().await.unwrap()
}

#[tokio::test]
async fn a_page_written_by_its_service_is_passed_on_byte_for_byte() {
    let gateway = Gateway::start().await;
    let page = r#"{"items": [ {"key":"exp1_x"}],"next_cursor":"n"}"#;
    let answer = ListExposuresResponse {
        page_json: page.as_bytes().to_vec().into(),
        ..ListExposuresResponse::default()
    };
    gateway.upstream.answers("ListExposures", &answer);
    assert_eq!(text(&gateway, EXPOSURES).await, page);
    let call = gateway.upstream.calls_of("ListExposures").remove(0);
    let asked: ListExposuresRequest = wt_proto::Message::decode(call.message).unwrap();
    assert!(asked.as_json);
}

#[tokio::test]
async fn a_service_too_old_to_write_pages_gives_the_same_page() {
    let gateway = Gateway::start().await;
    let answer = ListExposuresResponse {
        exposures: vec![exposure()],
        next_cursor: "next".to_owned(),
        ..ListExposuresResponse::default()
    };
    gateway.upstream.answers("ListExposures", &answer);
    let written = exposure_page(&answer.exposures, &answer.next_cursor).unwrap();
    assert_eq!(text(&gateway, EXPOSURES).await.into_bytes(), written);
}

#[tokio::test]
async fn newest_runs_are_asked_for_once_and_again_after_a_scan_was_asked_for() {
    let gateway = Gateway::start().await;
    let run = |state: &str| Run {
        id: "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        state: state.to_owned(),
        asset_ids: vec![ASSET.to_owned()],
        created_at: Some(now()),
        ..Run::default()
    };
    let runs = |state: &str| ListRunsResponse {
        runs: vec![run(state)],
        ..ListRunsResponse::default()
    };
    let upstream = &gateway.upstream;
    upstream.answers(
        "ListAssets",
        &ListAssetsResponse {
            assets: vec![Asset {
                id: ASSET.to_owned(),
                created_at: Some(now()),
                ..Asset::default()
            }],
            ..ListAssetsResponse::default()
        },
    );
    upstream.answers("ListRuns", &runs("queued"));
    let last_run = async || {
        let page: Value = serde_json::from_str(&text(&gateway, "/api/v1/assets").await).unwrap();
        page["items"][0]["last_run"]["state"].clone()
    };
    let seen = join_all((0..20).map(|_| last_run())).await;
    assert!(seen.iter().all(|state| state == "queued"), "{seen:?}");
    // A slow machine may take more than the second for which one answer is shown.
    let asked = upstream.calls_of("ListRuns").len();
    assert!(asked <= 10, "{asked} questions for 20 lists");

    upstream.answers(
        "RequestRun",
        &RequestRunResponse {
            run: Some(run("running")),
            ..RequestRunResponse::default()
        },
    );
    upstream.answers("ListRuns", &runs("running"));
    let scan = gateway
        .owner(Method::POST, "/api/v1/scans")
        .json(&json!({ "asset_ids": [ASSET] }));
    assert_eq!(scan.send().await.unwrap().status(), 202);
    assert_eq!(last_run().await, "running");
}
