//! The audit log at the public door: listed, exported piece by piece, and safe in a spreadsheet.
use reqwest::Method;
use serde_json::{Value, json};
use wt_model::Role;
use wt_proto::{
    Message as _,
    results::{
        AuditEntry, ExportAuditEntriesRequest, ExportAuditEntriesResponse, ListAuditEntriesRequest,
        ListAuditEntriesResponse,
    },
};

use crate::gateway::{Gateway, TENANT, problem};

fn entry(index: u64, user_agent: &str) -> AuditEntry {
    let body = json!({
        "acting_as": null, "action": "asset.archive", "actor": "usr_1", "actor_kind": "user",
        "after": null, "at": "2026-11-21T06:00:00Z", "before": {"tag": "x"}, "id": "evt_1",
        "index": index, "ip": "198.51.100.7", "service": "asset-registry", "session_id": null,
        "target": "ast_1", "tenant_key": TENANT, "trace_id": null, "user_agent": user_agent,
    });
    AuditEntry {
        index,
        body_json: body.to_string(),
        hash: "00".repeat(32),
    }
}

#[tokio::test]
async fn records_are_listed_with_the_filter_that_was_asked_for() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers(
        "ListAuditEntries",
        &ListAuditEntriesResponse {
            entries: vec![entry(3, "curl")],
            next_cursor: String::new(),
        },
    );
    let path =
        "/api/v1/audit?actor=usr_1&action=asset.&target=ast_1&q=x&since=2026-11-01T00:00:00Z";
    let page: Value = gateway
        .owner(Method::GET, path)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(page["items"][0]["index"], 3);
    assert_eq!(page["items"][0]["before"], json!({"tag": "x"}));
    assert_eq!(page["items"][0]["acting_as"], Value::Null);
    let call = gateway.upstream.calls_of("ListAuditEntries").pop().unwrap();
    let asked = ListAuditEntriesRequest::decode(call.message).unwrap();
    let filter = asked.filter.unwrap();
    assert_eq!(
        (filter.actor.as_str(), filter.action.as_str()),
        ("usr_1", "asset.")
    );
    assert!(filter.since.is_some() && filter.until.is_none());
    let viewer = gateway.token(Some(Role::Viewer));
    let refused = gateway
        .anonymous(Method::GET, "/api/v1/audit")
        .bearer_auth(viewer);
    problem(refused.send().await.unwrap(), 403, "auth.forbidden").await;
}

#[tokio::test]
async fn an_export_is_jsonl_or_a_csv_without_formulas() {
    let gateway = Gateway::start().await;
    gateway.upstream.answers(
        "ExportAuditEntries",
        &ExportAuditEntriesResponse {
            entries: vec![entry(0, "=cmd|' /C calc'!A0"), entry(1, "curl")],
            next_index: 2,
            more: false,
            tree_size: 2,
            head_json: String::new(),
            successions: Vec::new(),
        },
    );
    let get = async |path: &str| {
        let answer = gateway.owner(Method::GET, path).send().await.unwrap();
        let media = answer
            .headers()
            .get("content-type")
            .unwrap()
            .to_str()
            .unwrap();
        let media = media.to_owned();
        (media, answer.text().await.unwrap())
    };
    let (media, text) = get("/api/v1/audit/export").await;
    assert_eq!(media, "application/x-ndjson");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["format"], "watchtower.audit.v1");
    assert_eq!(lines[2]["entry"]["index"], 1);
    let (media, text) = get("/api/v1/audit/export?format=csv&actor=usr_1").await;
    assert_eq!(media, "text/csv; charset=utf-8");
    assert!(text.starts_with("index,id,at,actor"), "{text}");
    assert!(text.contains("\"'=cmd|' /C calc'!A0\""), "{text}");
    let call = gateway
        .upstream
        .calls_of("ExportAuditEntries")
        .pop()
        .unwrap();
    let asked = ExportAuditEntriesRequest::decode(call.message).unwrap();
    assert_eq!((asked.from_index, asked.tree_size), (0, 0));
    let answer = gateway
        .owner(Method::GET, "/api/v1/audit/export?format=xml")
        .send()
        .await
        .unwrap();
    problem(answer, 422, "request.invalid_field").await;
}
