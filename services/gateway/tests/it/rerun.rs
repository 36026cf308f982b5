//! Running the failed parts of a run again, at this door.
use reqwest::Method;
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    scan::{GetRunResponse, RerunFailedRequest, RerunFailedResponse, Run, RunRef},
};

use crate::gateway::{Gateway, problem};

const RUN: &str = "run_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn run() -> Run {
    Run {
        id: "run_01ARZ3NDEKTSV4RRFFQ69G5FAW".to_owned(),
        kind: "on_demand".to_owned(),
        profile: "baseline".to_owned(),
        policy: "safe".to_owned(),
        state: "queued".to_owned(),
        created_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        repeats: Some(RunRef {
            id: RUN.to_owned(),
            seq: 7,
            state: "partial".to_owned(),
        }),
        ..Default::default()
    }
}

#[tokio::test]
async fn failed_parts_are_planned_and_requested_again_under_the_callers_key() {
    let gateway = Gateway::start().await;
    let path = format!("/api/v1/scans/{RUN}/rerun");
    let answer = RerunFailedResponse {
        run: Some(run()),
        hosts: 64,
        jobs: 1,
        cells: 640,
        refused: Vec::new(),
    };
    gateway.upstream.answers("RerunFailed", &answer);
    let dry = gateway.owner(Method::POST, &path);
    let dry = dry.json(&json!({ "dry_run": true })).send().await.unwrap();
    assert_eq!(dry.status().as_u16(), 200);
    let plan: Value = dry.json().await.unwrap();
    let wanted = json!({ "hosts": 64, "jobs": 1, "cells": 640, "refused": [] });
    assert_eq!(plan, wanted);

    // No body is a real one.
    let request = gateway.owner(Method::POST, &path);
    let begun = request
        .header("idempotency-key", "once")
        .send()
        .await
        .unwrap();
    assert_eq!(begun.status().as_u16(), 202);
    let begun: Value = begun.json().await.unwrap();
    let repeats = json!({ "id": RUN, "seq": 7, "state": "partial" });
    assert_eq!(begun["repeats"], repeats);
    let asked: Vec<_> = gateway
        .upstream
        .calls_of("RerunFailed")
        .into_iter()
        .map(|call| RerunFailedRequest::decode(call.message).unwrap())
        .map(|asked| (asked.run_id, asked.dry_run, asked.idempotency_key))
        .collect();
    let run = RUN.to_owned();
    let wanted = [
        (run.clone(), true, String::new()),
        (run, false, "once".to_owned()),
    ];
    assert_eq!(asked, wanted);
}

#[tokio::test]
async fn nothing_to_run_again_is_a_conflict_with_a_code() {
    let gateway = Gateway::start().await;
    let code = "run.nothing_to_rerun";
    gateway
        .upstream
        .refuses("RerunFailed", Kind::Precondition, code);
    let request = gateway.owner(Method::POST, &format!("/api/v1/scans/{RUN}/rerun"));
    problem(request.send().await.unwrap(), 409, code).await;
}

#[tokio::test]
async fn a_run_shows_what_repeats_it() {
    let gateway = Gateway::start().await;
    let by = RunRef {
        id: RUN.to_owned(),
        seq: 9,
        state: "running".to_owned(),
    };
    let shown = Run {
        repeats: None,
        repeated_by: vec![by],
        ..run()
    };
    let answer = GetRunResponse { run: Some(shown) };
    gateway.upstream.answers("GetRun", &answer);
    let request = gateway.owner(Method::GET, &format!("/api/v1/scans/{RUN}"));
    let shown: Value = request.send().await.unwrap().json().await.unwrap();
    let wanted = json!([{ "id": RUN, "seq": 9, "state": "running" }]);
    assert_eq!(shown["repeated_by"], wanted);
    assert!(shown.get("repeats").is_none());
}
