//! Anybody reads what a plan includes, and what it costs where the operator says so.
use reqwest::{Method, header::CACHE_CONTROL};
use serde_json::{Value, json};
use wt_fault::Kind;
use wt_proto::tenant::{ListPricesResponse, Price};

use crate::gateway::{Gateway, problem};

fn price(plan: &str, period: &str, amount: &str) -> Price {
    Price {
        plan: plan.to_owned(),
        period: period.to_owned(),
        amount: amount.to_owned(),
        currency: "EUR".to_owned(),
    }
}

#[tokio::test]
async fn the_plan_table_is_public() {
    let gateway = Gateway::start().await;
    let none = ListPricesResponse::default();
    gateway.upstream.answers("ListPrices", &none);
    let answer = gateway.anonymous(Method::GET, "/api/v1/plans");
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()[CACHE_CONTROL], "public, max-age=300");
    let plans: Value = answer.json().await.unwrap();
    let names: Vec<_> = plans["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|plan| plan["plan"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["free", "team", "business", "enterprise"]);
    assert_eq!(plans["items"][3]["seats"], Value::Null);
    // Nobody said a price: none is invented.
    for plan in plans["items"].as_array().unwrap() {
        assert_eq!(plan["prices"], json!([]));
    }
}

#[tokio::test]
async fn a_plan_costs_what_the_operator_says() {
    let gateway = Gateway::start().await;
    let prices = vec![
        price("team", "monthly", "49.90"),
        price("team", "yearly", "499"),
        price("business", "yearly", "2490"),
    ];
    gateway
        .upstream
        .answers("ListPrices", &ListPricesResponse { prices });
    let asked = gateway.anonymous(Method::GET, "/api/v1/plans");
    let plans: Value = asked.send().await.unwrap().json().await.unwrap();
    let said = |period: &str, amount: &str| json!({ "period": period, "amount": amount, "currency": "EUR" });
    assert_eq!(
        plans["items"][1]["prices"],
        json!([said("monthly", "49.90"), said("yearly", "499")])
    );
    assert_eq!(plans["items"][2]["prices"], json!([said("yearly", "2490")]));
    assert_eq!(plans["items"][3]["prices"], json!([]));
}

#[tokio::test]
async fn a_price_nobody_can_read_is_not_shown_as_one() {
    let gateway = Gateway::start().await;
    let prices = vec![price("team", "monthly", "forty-nine")];
    gateway
        .upstream
        .answers("ListPrices", &ListPricesResponse { prices });
    let asked = || gateway.anonymous(Method::GET, "/api/v1/plans").send();
    problem(asked().await.unwrap(), 500, "gateway.broken_answer").await;
    gateway
        .upstream
        .refuses("ListPrices", Kind::Unavailable, "service.unavailable");
    problem(asked().await.unwrap(), 503, "service.unavailable").await;
}
