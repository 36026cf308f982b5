//! Private pools at this door: what is asked of the service, and what is shown.
use reqwest::Method;
use serde_json::{Value, json};
use wt_proto::{
    Message as _,
    convert::to_timestamp,
    scan::{
        CreatePoolRequest, CreatePoolResponse, DeletePoolResponse, ListPoolsResponse, Pool,
        RequestRunRequest, RequestRunResponse, UpdatePoolRequest, UpdatePoolResponse,
    },
};

use crate::gateway::Gateway;

const POOL: &str = "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV";

fn pool() -> Pool {
    Pool {
        id: POOL.to_owned(),
        name: "Office".to_owned(),
        tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        version: 3,
        created_at: Some(to_timestamp(time::OffsetDateTime::UNIX_EPOCH)),
        ..Pool::default()
    }
}

#[tokio::test]
async fn pools_are_shown_with_what_the_plan_includes() {
    let gateway = Gateway::start().await;
    let answer = ListPoolsResponse {
        pools: vec![pool()],
        used: 1,
        included: Some(2),
    };
    gateway.upstream.answers("ListPools", &answer);
    let request = gateway.owner(Method::GET, "/api/v1/pools");
    let shown: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(
        shown,
        json!({
            "items": [{
                "id": POOL, "name": "Office", "is_default": false,
                "tenant_key": "org_01ARZ3NDEKTSV4RRFFQ69G5FAV", "workers": 0, "waiting_jobs": 0,
                "created_at": "1970-01-01T00:00:00Z", "version": 3,
            }],
            "used": 1, "included": 2,
        })
    );
}

#[tokio::test]
async fn a_pool_is_made_changed_by_its_version_and_removed() {
    let gateway = Gateway::start().await;
    let made = CreatePoolResponse { pool: Some(pool()) };
    gateway.upstream.answers("CreatePool", &made);
    let request = gateway.owner(Method::POST, "/api/v1/pools");
    let answer = request.json(&json!({ "name": "Office", "is_default": true }));
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 201);
    assert_eq!(answer.headers()["etag"], "\"3\"");
    let call = gateway.upstream.calls_of("CreatePool").remove(0);
    let asked = CreatePoolRequest::decode(call.message).unwrap();
    assert_eq!((asked.name.as_str(), asked.is_default), ("Office", true));

    let changed = UpdatePoolResponse { pool: Some(pool()) };
    gateway.upstream.answers("UpdatePool", &changed);
    let path = format!("/api/v1/pools/{POOL}");
    let request = gateway
        .owner(Method::PUT, &path)
        .header("if-match", "\"3\"");
    let answer = request
        .json(&json!({ "name": "Site" }))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status().as_u16(), 200);
    let call = gateway.upstream.calls_of("UpdatePool").remove(0);
    let asked = UpdatePoolRequest::decode(call.message).unwrap();
    assert_eq!((asked.version, asked.pool_id.as_str()), (3, POOL));

    gateway
        .upstream
        .answers("DeletePool", &DeletePoolResponse {});
    let answer = gateway.owner(Method::DELETE, &path).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 204);
    let wrong = gateway
        .owner(Method::DELETE, "/api/v1/pools/pol_x")
        .send()
        .await
        .unwrap();
    assert_eq!(wrong.status().as_u16(), 404);
}

#[tokio::test]
async fn a_scan_names_its_pool() {
    let gateway = Gateway::start().await;
    gateway
        .upstream
        .answers("RequestRun", &RequestRunResponse::default());
    let scan = json!({ "asset_ids": [], "dry_run": true, "pool": POOL });
    let request = gateway.owner(Method::POST, "/api/v1/scans").json(&scan);
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    let call = gateway.upstream.calls_of("RequestRun").remove(0);
    let asked = RequestRunRequest::decode(call.message).unwrap();
    assert_eq!(asked.pool, POOL);
}
