//! A stub of the payment provider, for what `localstripe` lacks (Checkout, portal, prices,
//! idempotency keys) and for states that have to be there at an exact moment.
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::hmac;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::net::TcpListener;

/// What webhooks are signed with.
pub(crate) const SECRET: &str = "whsec_of_a_test";

/// What the stub knows and was asked.
#[derive(Default)]
struct Known {
    subscriptions: Vec<Value>,
    is_away: bool,
    customers: BTreeMap<String, String>,
    asked: Vec<(String, String)>,
}

/// A running stub; it ends with the test's runtime.
#[derive(Clone)]
pub(crate) struct Provider {
    known: Arc<Mutex<Known>>,
    pub(crate) url: String,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let provider = Self {
            known: Arc::default(),
            url,
        };
        let router = Router::new()
            .route("/v1/customers", post(customers))
            .route("/v1/subscriptions", get(subscriptions))
            .route("/v1/checkout/sessions", post(page))
            .route("/v1/billing_portal/sessions", post(page))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// The settings of a service that sells through this.
    pub(crate) fn settings(&self) -> Vec<String> {
        vec![
            format!("--stripe-url={}", self.url),
            "--stripe-secret-key=sk_test_1234".to_owned(),
            format!("--stripe-webhook-secret={SECRET}"),
            "--stripe-team-prices=price_team,price_team_year,price_team_before".to_owned(),
            "--stripe-business-prices=price_business".to_owned(),
        ]
    }

    fn with<T>(&self, see: impl FnOnce(&mut Known) -> T) -> T {
        see(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on the customer has these subscriptions: id, price, status.
    pub(crate) fn has(&self, subscriptions: &[(&str, &str, &str)]) {
        let said = subscriptions.iter().enumerate().map(|(n, (id, price, status))| {
            json!({
                "id": id, "object": "subscription", "created": 1_700_000_000 + n, "status": status,
                "items": { "data": [{ "price": { "id": price } }] },
            })
        });
        self.with(|known| known.subscriptions = said.collect());
    }

    /// Whether it answers at all.
    pub(crate) fn is_away(&self, away: bool) {
        self.with(|known| known.is_away = away);
    }

    /// Bodies and idempotency keys of what was asked at a path.
    pub(crate) fn asked(&self, path: &str) -> Vec<String> {
        self.with(|known| {
            let at = known.asked.iter().filter(|(asked, _)| asked == path);
            at.map(|(_, body)| body.clone()).collect()
        })
    }
}

type Answer = Result<Json<Value>, (StatusCode, Json<Value>)>;

fn admit(provider: &Provider, headers: &HeaderMap) -> Result<(), (StatusCode, Json<Value>)> {
    let refuse = |status, message: &str| {
        let words = json!({ "error": { "message": message, "code": "of_the_test" } });
        Err((status, Json(words)))
    };
    if provider.with(|known| known.is_away) {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "come back later");
    }
    let key = headers
        .get("authorization")
        .map(axum::http::HeaderValue::as_bytes);
    if key != Some(b"Bearer sk_test_1234") || !headers.contains_key("stripe-version") {
        return refuse(StatusCode::UNAUTHORIZED, "who are you?");
    }
    Ok(())
}

async fn customers(State(provider): State<Provider>, headers: HeaderMap, body: String) -> Answer {
    admit(&provider, &headers)?;
    let key = headers.get("idempotency-key").unwrap().to_str().unwrap();
    // The same key is the same customer, as the real provider has it.
    let id = provider.with(|known| {
        known.asked.push(("customers".to_owned(), body));
        let next = format!("cus_{}", known.customers.len() + 1);
        known
            .customers
            .entry(key.to_owned())
            .or_insert(next)
            .clone()
    });
    Ok(Json(json!({ "id": id, "object": "customer" })))
}

async fn subscriptions(State(provider): State<Provider>, headers: HeaderMap) -> Answer {
    admit(&provider, &headers)?;
    let data = provider.with(|known| known.subscriptions.clone());
    Ok(Json(json!({ "object": "list", "data": data })))
}

async fn page(State(provider): State<Provider>, headers: HeaderMap, body: String) -> Answer {
    admit(&provider, &headers)?;
    provider.with(|known| known.asked.push(("page".to_owned(), body)));
    Ok(Json(
        json!({ "id": "cs_1", "url": "https://pay.example/cs_1" }),
    ))
}

/// A signed event about a customer: its body and its signature.
pub(crate) fn event(id: &str, kind: &str, customer: &str) -> (Vec<u8>, String) {
    let body = json!({
        "id": id, "type": kind, "object": "event", "created": 1_700_000_000,
        "data": { "object": { "object": "subscription", "customer": customer } },
    });
    let body = body.to_string().into_bytes();
    let at = OffsetDateTime::now_utc().unix_timestamp();
    (body.clone(), signature(&body, at))
}

/// The signature of a body at a moment.
pub(crate) fn signature(body: &[u8], at: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let message = [at.to_string().as_bytes(), b".", body].concat();
    let tag = hex::encode(hmac::sign(&key, &message));
    format!("t={at},v1={tag}")
}
