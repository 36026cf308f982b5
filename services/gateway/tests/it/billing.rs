//! Plan, usage and the payment provider's pages; and what the provider tells us.
use reqwest::Method;
use serde_json::{Value, json};
use time::macros::datetime;
use wt_fault::Kind;
use wt_model::Role;
use wt_proto::{
    Message as _,
    asset::CountVerifiedResponse,
    convert::to_timestamp,
    results::GetRetentionResponse,
    tenant::{
        BeginCheckoutRequest, BeginCheckoutResponse, GetBillingResponse, HearStripeRequest,
        HearStripeResponse, Standing,
    },
};

use crate::gateway::{Gateway, TENANT, problem};

fn stands(gateway: &Gateway, state: &str, billing: &GetBillingResponse) {
    let standing = Standing {
        plan: "team".to_owned(),
        state: state.to_owned(),
        may_scan: state != "past_due",
        until: None,
    };
    gateway.upstream.answers(
        "GetBilling",
        &GetBillingResponse {
            standing: Some(standing),
            root_tenant_key: TENANT.to_owned(),
            seats_used: 4,
            ..billing.clone()
        },
    );
    gateway
        .upstream
        .answers("CountVerified", &CountVerifiedResponse { verified: 12 });
    let kept = GetRetentionResponse {
        kept_since: Some(to_timestamp(datetime!(2026-05-01 0:00 UTC))),
        days: 180,
        ..Default::default()
    };
    gateway.upstream.answers("GetRetention", &kept);
}

async fn billing(gateway: &Gateway) -> Value {
    let answer = gateway.owner(Method::GET, "/api/v1/billing").send().await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), 200);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn usage_stands_against_what_is_included_with_the_next_step() {
    let gateway = Gateway::start().await;
    let root = GetBillingResponse {
        is_root: true,
        sells: true,
        has_customer: true,
        subscribed: true,
        ..Default::default()
    };
    stands(&gateway, "past_due", &root);
    let seen = billing(&gateway).await;
    assert_eq!(
        (&seen["plan"], &seen["state"]),
        (&json!("team"), &json!("past_due"))
    );
    assert_eq!(seen["may_scan"], false);
    assert_eq!(seen["usage"], json!({ "verified_assets": 12, "seats": 4 }));
    assert_eq!(seen["included"]["verified_assets"], 50);
    assert_eq!(seen["history_kept_since"], "2026-05-01T00:00:00Z");
    assert_eq!(seen["history_shortens_at"], Value::Null);
    assert_eq!(seen["next_plan"]["plan"], "business");
    assert_eq!(seen["next_steps"], json!(["pay", "portal"]));

    let free = GetBillingResponse {
        subscribed: false,
        has_customer: false,
        ..root
    };
    stands(&gateway, "active", &free);
    assert_eq!(
        billing(&gateway).await["next_steps"],
        json!(["choose_plan"])
    );
    let below = GetBillingResponse {
        is_root: false,
        ..free.clone()
    };
    stands(&gateway, "active", &below);
    assert_eq!(
        billing(&gateway).await["next_steps"],
        json!(["switch_to_payer"])
    );
    // Where nothing is sold there is nothing to do.
    let given = GetBillingResponse {
        sells: false,
        ..free
    };
    stands(&gateway, "active", &given);
    assert_eq!(billing(&gateway).await["next_steps"], json!([]));
}

#[tokio::test]
async fn only_who_manages_billing_sees_it_and_buys() {
    let gateway = Gateway::start().await;
    let buy = json!({ "plan": "business", "period": "yearly" });
    for role in [Role::Admin, Role::Operator, Role::Viewer, Role::Auditor] {
        for (method, path) in [
            (Method::GET, "/api/v1/billing"),
            (Method::POST, "/api/v1/billing/checkout"),
            (Method::POST, "/api/v1/billing/portal"),
        ] {
            let asked = gateway.anonymous(method, path).json(&buy);
            let answer = asked.bearer_auth(gateway.token(Some(role))).send().await;
            problem(answer.unwrap(), 403, "auth.forbidden").await;
        }
    }
    assert_eq!(gateway.upstream.calls_of("BeginCheckout").len(), 0);
    let page = BeginCheckoutResponse {
        url: "https://checkout.example/c".to_owned(),
    };
    gateway.upstream.answers("BeginCheckout", &page);
    let asked = gateway.owner(Method::POST, "/api/v1/billing/checkout");
    let answer: Value = asked.json(&buy).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["url"], "https://checkout.example/c");
    let [call] = gateway
        .upstream
        .calls_of("BeginCheckout")
        .try_into()
        .unwrap();
    let heard = BeginCheckoutRequest::decode(call.message).unwrap();
    assert_eq!(
        (heard.plan.as_str(), heard.period.as_str()),
        ("business", "yearly")
    );
}

#[tokio::test]
async fn a_webhook_is_passed_on_to_the_byte() {
    let gateway = Gateway::start().await;
    let heard = HearStripeResponse { applied: true };
    gateway.upstream.answers("HearStripe", &heard);
    // Not as a JSON library would write it: the signature is over these bytes.
    let body = "{ \"id\" :\t\"evt_1\",\n\"type\":\"x\" }";
    let hook = || gateway.anonymous(Method::POST, "/api/v1/hooks/stripe");
    let answer = hook()
        .header("stripe-signature", "t=1,v1=00")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 204);
    let [call] = gateway.upstream.calls_of("HearStripe").try_into().unwrap();
    let heard = HearStripeRequest::decode(call.message).unwrap();
    assert_eq!(heard.body, body.as_bytes());
    assert_eq!(heard.signature, "t=1,v1=00");

    // Without a signature, or far too long, nobody is asked.
    problem(
        hook().body(body).send().await.unwrap(),
        422,
        "billing.signature_invalid",
    )
    .await;
    let long = hook()
        .header("stripe-signature", "t=1,v1=00")
        .body("x".repeat(512 * 1024 + 1));
    problem(long.send().await.unwrap(), 413, "request.too_large").await;
    assert_eq!(gateway.upstream.calls_of("HearStripe").len(), 1);
    // Anything but 2xx makes the provider send it again.
    gateway.upstream.refuses(
        "HearStripe",
        Kind::Unavailable,
        "billing.provider_unavailable",
    );
    let again = hook().header("stripe-signature", "t=1,v1=00").body(body);
    problem(
        again.send().await.unwrap(),
        503,
        "billing.provider_unavailable",
    )
    .await;
}
