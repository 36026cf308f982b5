//! Anybody reads what a plan includes.
use reqwest::Method;
use serde_json::Value;

use crate::gateway::Gateway;

#[tokio::test]
async fn the_plan_table_is_public() {
    let gateway = Gateway::start().await;
    let answer = gateway.anonymous(Method::GET, "/api/v1/plans");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let plans: Value = answer.json().await.unwrap();
    let names: Vec<_> = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["plan"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["free", "team", "business", "enterprise"]);
    assert_eq!(plans["items"][3]["seats"], Value::Null);
    assert_eq!(gateway.upstream.calls(), 0);
}
