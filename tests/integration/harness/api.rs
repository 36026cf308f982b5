//! The public API as any program sees it.
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

/// How long a scan of a handful of cells may take on a busy machine.
pub(crate) const RUN_PATIENCE: Duration = Duration::from_mins(3);

/// One caller: nobody yet, or a signed-in user.
#[derive(Debug, Clone)]
pub(crate) struct Api {
    client: Client,
    base: String,
    token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) content_type: String,
    pub(crate) body: Value,
    pub(crate) text: String,
}

impl Answer {
    /// The body, if the answer is a success.
    pub(crate) fn ok(self) -> Result<Value> {
        ensure!(self.status.is_success(), "{}: {}", self.status, self.text);
        Ok(self.body)
    }

    /// The stable code of a problem.
    pub(crate) fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }
}

impl Api {
    pub(crate) fn new(gateway_url: &str) -> Result<Self> {
        Ok(Self {
            client: Client::builder()
                .timeout(Duration::from_secs(30))
                .no_proxy()
                .build()?,
            base: gateway_url.to_owned(),
            token: None,
        })
    }

    /// Signs somebody up with an organization of their own.
    pub(crate) async fn sign_up(&self, name: &str) -> Result<Self> {
        let session = self
            .post(
                "/auth/signup",
                &json!({
                    "email": format!("{name}@example.org"),
                    "password": "correct horse battery staple",
                    "display_name": name,
                    "organization_name": format!("{name} Ltd"),
                    "mode": "bearer",
                }),
            )
            .await?
            .ok()?;
        let token = session["access_token"]
            .as_str()
            .context("no access token")?;
        Ok(self.with_token(token))
    }

    /// The same caller under another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The credential this caller shows, if any.
    pub(crate) fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The OpenAPI document the gateway serves.
    pub(crate) async fn document(&self) -> Result<Value> {
        let request = self.client.get(format!("{}/api/openapi.json", self.base));
        self.send(request).await?.ok()
    }

    /// A request to `path` below the API's root.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self
            .client
            .request(method, format!("{}/api/v1{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Answer> {
        let response = request.send().await?;
        let status = response.status();
        let content_type = response
            .headers()
            .get("content-type")
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Ok(Answer {
            status,
            content_type,
            body,
            text,
        })
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// Every item of a list, page by page.
    pub(crate) async fn all(&self, path: &str) -> Result<Vec<Value>> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let joiner = if path.contains('?') { '&' } else { '?' };
            let page = self
                .get(&format!("{path}{joiner}limit=100{cursor}"))
                .await?
                .ok()?;
            items.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(next) if !next.is_empty() => cursor = format!("&cursor={next}"),
                _ => return Ok(items),
            }
        }
    }

    /// Registers one asset and returns its id.
    pub(crate) async fn register(&self, value: &str) -> Result<String> {
        let asset = self
            .post("/assets", &json!({ "value": value }))
            .await?
            .ok()?;
        text(&asset, "id")
    }

    /// Starts a run and returns its id.
    pub(crate) async fn scan(&self, asset_ids: &[&str], ports: &str) -> Result<String> {
        let run = self
            .post(
                "/scans",
                &json!({
                    "asset_ids": asset_ids,
                    "profile": "baseline",
                    "policy": "safe",
                    "ports": ports,
                }),
            )
            .await?
            .ok()?;
        text(&run, "id")
    }

    /// Waits until a run has ended and returns it.
    pub(crate) async fn ended(&self, run_id: &str) -> Result<Value> {
        let deadline = Instant::now() + RUN_PATIENCE;
        loop {
            let answer = self.get(&format!("/scans/{run_id}")).await?;
            // Right after a restart of a server the answer may be to try again in a moment.
            let run = if answer.status == StatusCode::SERVICE_UNAVAILABLE {
                Value::Null
            } else {
                answer.ok()?
            };
            let state = run["state"].as_str().unwrap_or_default();
            if matches!(state, "completed" | "partial" | "failed" | "cancelled") {
                return Ok(run);
            }
            if Instant::now() >= deadline {
                bail!("the run does not end: {run}");
            }
            sleep(Duration::from_millis(100)).await;
        }
    }

    /// Scans and waits for a completed run.
    pub(crate) async fn scanned(&self, asset_ids: &[&str], ports: &str) -> Result<Value> {
        let run_id = self.scan(asset_ids, ports).await?;
        let run = self.ended(&run_id).await?;
        ensure!(
            run["state"] == "completed",
            "the run did not complete: {run}"
        );
        Ok(run)
    }

    /// The exposure a check found, which must be there.
    pub(crate) async fn exposure(&self, check_id: &str) -> Result<Value> {
        let all = self.all("/exposures").await?;
        all.iter()
            .find(|exposure| exposure["check_id"] == check_id)
            .cloned()
            .with_context(|| format!("no exposure of {check_id} in {all:#?}"))
    }
}

/// A text field that must be there.
pub(crate) fn text(value: &Value, field: &str) -> Result<String> {
    value[field]
        .as_str()
        .map(ToOwned::to_owned)
        .with_context(|| format!("no {field} in {value}"))
}
