//! The public API as this command calls it.
use std::{cell::RefCell, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::{
    args::Global,
    fault::{CliFault, Refusal},
    session::{Keep, Session},
};

/// Where a development fleet answers.
const URL_DEFAULT: &str = "http://127.0.0.1:8080";
/// Longest wait for an answer; longer than the server's own deadline.
const PATIENCE: Duration = Duration::from_secs(40);
/// Rows of one page: the most the API gives.
const PAGE_ROWS: usize = 200;

/// The API, signed in or not.
pub(crate) struct Api {
    client: Client,
    base: Url,
    url: String,
    keep: Keep,
    /// Of `WATCHTOWER_TOKEN`: used as it is, never refreshed.
    token: Option<String>,
    session: RefCell<Option<Session>>,
}

impl Api {
    /// Prepares it; nothing is sent yet.
    pub(crate) fn new(global: &Global) -> Result<Self, CliFault> {
        let keep = Keep::of(global)?;
        let session = if global.token.is_some() {
            None
        } else {
            keep.read()?
        };
        let url = global
            .url
            .clone()
            .or_else(|| session.as_ref().map(|session| session.url.clone()))
            .unwrap_or_else(|| URL_DEFAULT.to_owned());
        let url = url.trim_end_matches('/').to_owned();
        let base = Url::parse(&url)
            .ok()
            .filter(|base| matches!(base.scheme(), "http" | "https"))
            .ok_or_else(|| CliFault::Usage(format!("{url:?} is not an http or https address")))?;
        // Tokens of one server are not shown to another.
        let session = session.filter(|session| session.url == url);
        let client = Client::builder()
            .user_agent(concat!("watchtower/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            client,
            base,
            url,
            keep,
            token: global.token.clone(),
            session: RefCell::new(session),
        })
    }

    /// Acts in another organization from now on, if it is not this one already.
    pub(crate) async fn switch_to(&self, organization: &str) -> Result<(), CliFault> {
        let here = self
            .session
            .borrow()
            .as_ref()
            .is_some_and(|session| session.tenant_key == organization);
        if here || self.token.is_some() {
            return Ok(());
        }
        let answer = self
            .post("/auth/switch", &json!({"tenant_key": organization}))
            .await?;
        self.sign_in(&answer)
    }

    /// Keeps the tokens of a sign-in.
    pub(crate) fn sign_in(&self, answer: &Value) -> Result<(), CliFault> {
        let text = |pointer| {
            answer
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
                .ok_or_else(|| CliFault::Unexpected(format!("the server's answer lacks {pointer}")))
        };
        let before = self.session.borrow().clone();
        let session = Session {
            url: self.url.clone(),
            access_token: text("/access_token")?,
            // A switch keeps the session and may keep its refresh token.
            refresh_token: text("/refresh_token")
                .or_else(|missing| before.map(|session| session.refresh_token).ok_or(missing))?,
            tenant_key: text("/organization/tenant_key")?,
            email: text("/user/email")?,
        };
        self.keep.write(&session)?;
        self.session.replace(Some(session));
        Ok(())
    }

    /// Forgets the sign-in.
    pub(crate) fn sign_out(&self) -> Result<(), CliFault> {
        self.session.replace(None);
        self.keep.remove()
    }

    /// Whether anybody is signed in.
    pub(crate) fn is_signed_in(&self) -> bool {
        self.token.is_some() || self.session.borrow().is_some()
    }

    /// Reads.
    pub(crate) async fn get(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Value, CliFault> {
        body_of(self.send(Method::GET, path, query, None).await?).await
    }

    /// Reads text.
    pub(crate) async fn get_text(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<String, CliFault> {
        Ok(self
            .send(Method::GET, path, query, None)
            .await?
            .text()
            .await?)
    }

    /// Reads bytes.
    pub(crate) async fn get_bytes(
        &self,
        path: &str,
        query: &[(&str, String)],
    ) -> Result<Vec<u8>, CliFault> {
        let answer = self.send(Method::GET, path, query, None).await?;
        Ok(answer.bytes().await?.into())
    }

    /// Changes.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value, CliFault> {
        body_of(self.send(Method::POST, path, &[], Some(body)).await?).await
    }

    /// Sends a file as it is.
    pub(crate) async fn post_file(
        &self,
        path: &str,
        query: &[(&str, String)],
        file: Vec<u8>,
    ) -> Result<Value, CliFault> {
        let key = one_key();
        let build = || {
            self.request(Method::POST, path, query)
                .timeout(PATIENCE)
                .header("idempotency-key", &key)
                .header("content-type", "application/octet-stream")
                .body(file.clone())
        };
        body_of(self.send_with(build).await?).await
    }

    /// Replaces.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value, CliFault> {
        body_of(self.send(Method::PUT, path, &[], Some(body)).await?).await
    }

    /// Changes a part.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value, CliFault> {
        body_of(self.send(Method::PATCH, path, &[], Some(body)).await?).await
    }

    /// Where the server is.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Removes.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), CliFault> {
        self.send(Method::DELETE, path, &[], None)
            .await
            .map(|_done| ())
    }

    /// Every row of a list, at most `limit`.
    pub(crate) async fn list(
        &self,
        path: &str,
        query: &[(&str, String)],
        limit: usize,
    ) -> Result<Vec<Value>, CliFault> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        while rows.len() < limit {
            let mut query = query.to_vec();
            query.push(("limit", PAGE_ROWS.min(limit - rows.len()).to_string()));
            if !cursor.is_empty() {
                query.push(("cursor", std::mem::take(&mut cursor)));
            }
            let mut page = self.get(path, &query).await?;
            match page.get_mut("items").map(Value::take) {
                Some(Value::Array(items)) => rows.extend(items),
                _ => {
                    return Err(CliFault::Unexpected(
                        "the server's answer is no page".to_owned(),
                    ));
                }
            }
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => next.clone_into(&mut cursor),
                _ => break,
            }
        }
        Ok(rows)
    }

    /// Opens the live stream; the answer's body has no end.
    pub(crate) async fn stream(
        &self,
        topic: &str,
        last: Option<&str>,
    ) -> Result<Response, CliFault> {
        let build = || {
            let mut request = self
                .request(Method::GET, "/events", &[("topics", topic.to_owned())])
                .header("accept", "text/event-stream");
            if let Some(last) = last {
                request = request.header("last-event-id", last);
            }
            request
        };
        self.send_with(build).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Response, CliFault> {
        let key = one_key();
        let build = || {
            let mut request = self.request(method.clone(), path, query).timeout(PATIENCE);
            if method == Method::POST {
                request = request.header("idempotency-key", &key);
            }
            if let Some(body) = body {
                request = request.json(body);
            }
            request
        };
        self.send_with(build).await
    }

    async fn send_with(&self, build: impl Fn() -> RequestBuilder) -> Result<Response, CliFault> {
        let mut answer = build().send().await?;
        if answer.status() == StatusCode::UNAUTHORIZED && self.refresh().await? {
            answer = build().send().await?;
        }
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        if status == StatusCode::UNAUTHORIZED && !self.is_signed_in() {
            return Err(CliFault::NotSignedIn);
        }
        let body = answer.bytes().await.unwrap_or_default();
        Err(CliFault::Refused(Refusal::new(status.as_u16(), &body)))
    }

    fn request(&self, method: Method, path: &str, query: &[(&str, String)]) -> RequestBuilder {
        let mut address = self.address(path);
        if !query.is_empty() {
            address.query_pairs_mut().extend_pairs(query);
        }
        let request = self.client.request(method, address);
        match (&self.token, &*self.session.borrow()) {
            (Some(token), _) => request.bearer_auth(token),
            (None, Some(session)) => request.bearer_auth(&session.access_token),
            (None, None) => request,
        }
    }

    /// Where an operation is. Parts of the path come from the command line: what is not a plain
    /// segment is escaped.
    fn address(&self, path: &str) -> Url {
        let mut address = self.base.clone();
        if let Ok(mut segments) = address.path_segments_mut() {
            segments
                .pop_if_empty()
                .extend(["api", "v1"])
                .extend(path.trim_start_matches('/').split('/'));
        }
        address
    }

    /// Exchanges the refresh token; false where there is none or it is no longer good.
    async fn refresh(&self) -> Result<bool, CliFault> {
        // Another command may have exchanged it meanwhile: each token works once.
        let mine = self.session.borrow().clone();
        let Some(mine) = mine else { return Ok(false) };
        if let Some(theirs) = self.keep.read()?
            && theirs.url == self.url
            && theirs.access_token != mine.access_token
        {
            self.session.replace(Some(theirs));
            return Ok(true);
        }
        let answer = self
            .client
            .post(self.address("/auth/refresh"))
            .timeout(PATIENCE)
            .json(&json!({"refresh_token": mine.refresh_token}))
            .send()
            .await?;
        if !answer.status().is_success() {
            return Ok(false);
        }
        self.sign_in(&body_of(answer).await?)?;
        Ok(true)
    }
}

/// One key for all tries of one command: a lost answer must not become two scans.
fn one_key() -> String {
    format!("cli-{:032x}", rand::random::<u128>())
}

async fn body_of(answer: Response) -> Result<Value, CliFault> {
    let bytes = answer.bytes().await?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes)
        .map_err(|_malformed| CliFault::Unexpected("the server's answer is no JSON".to_owned()))
}
