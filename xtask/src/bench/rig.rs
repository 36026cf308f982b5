//! A fleet of release binaries with a signed-up user, for benches that need one.
use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use wt_testkit::fleet::Peers;

use crate::{
    dev::{self, Plan, State},
    workspace::Workspace,
};

/// Who signs up, and with what.
pub(super) const EMAIL: &str = "bench@watchtower.example";
pub(super) const PASSWORD: &str = "correct horse battery staple";

/// A running fleet and somebody in it.
pub(super) struct Rig {
    pub(super) workspace: Workspace,
    pub(super) peers: Peers,
    pub(super) client: Client,
    pub(super) api: String,
    /// Where browsers find the app: the one origin whose pages may use a cookie.
    pub(super) public_url: String,
    /// Where the gateway listens.
    pub(super) address: SocketAddr,
    pub(super) token: String,
    pub(super) tenant_key: String,
    state: State,
}

impl Rig {
    /// Starts a fleet that may scan this machine, with empty stores.
    pub(super) async fn start(workspace: &Workspace, folder: &Path) -> Result<Self> {
        let mut state = State::read(folder);
        dev::clear(folder, &mut state).await?;
        let plan = Plan {
            folder: folder.to_path_buf(),
            binaries: Some(workspace.target("release")),
            allow_networks: vec!["127.0.0.0/8".to_owned()],
            log_filter: Some("warn".to_owned()),
            extra: [
                // Logins come from many addresses, as they do behind a proxy.
                ("WT_TRUSTED_PROXIES", "1"),
                // Budgets are kept, and are not what is measured.
                ("WT_READS_PER_SECOND", "1000000"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            ..Plan::default()
        };
        let peers = dev::start(workspace, &plan, &mut state).await?;
        let client = Client::builder().no_proxy().build()?;
        let api = format!("{}/api/v1", state.gateway_url);
        let session: Value = client
            .post(format!("{api}/auth/signup"))
            .json(&json!({
                "email": EMAIL,
                "password": PASSWORD,
                "display_name": "Bench",
                "organization_name": "Bench Ltd",
                "mode": "bearer",
            }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        Ok(Self {
            workspace: workspace.clone(),
            peers,
            client,
            address: address_of(&state.gateway_url)?,
            api,
            public_url: state.public_url.clone(),
            token: text(&session["access_token"]).context("no access token")?,
            tenant_key: text(&session["organization"]["tenant_key"]).context("no tenant key")?,
            state,
        })
    }

    /// Signs in anew: a token lives for minutes, and what came before may have taken longer.
    pub(super) async fn sign_in(&mut self) -> Result<()> {
        let session: Value = self
            .client
            .post(format!("{}/auth/login", self.api))
            .json(&json!({ "email": EMAIL, "password": PASSWORD, "mode": "bearer" }))
            .send()
            .await?
            .error_for_status()?
            .json()
            .await?;
        let token = session["access_token"].as_str();
        token
            .context("no access token")?
            .clone_into(&mut self.token);
        Ok(())
    }

    /// One call of the API, tried again while the gateway asks for patience.
    pub(super) async fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        loop {
            let mut request = self
                .client
                .request(method.clone(), format!("{}{path}", self.api))
                .bearer_auth(&self.token);
            if !body.is_null() {
                request = request.json(body);
            }
            let answer = request.send().await?;
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                sleep(Duration::from_millis(200)).await;
                continue;
            }
            let status = answer.status();
            let text = answer.text().await?;
            ensure!(status.is_success(), "{path}: {status}: {text}");
            return Ok(serde_json::from_str(&text).unwrap_or(Value::Null));
        }
    }

    /// Runs SQL as the superuser, with `psql`.
    pub(super) fn sql(&self, sql: &str) -> Result<String> {
        crate::workspace::output(
            self.workspace
                .command("psql")
                .args(["--quiet", "--no-psqlrc", "--tuples-only", "--no-align"])
                .args(["--set", "ON_ERROR_STOP=1", "--command", sql])
                .arg(&self.peers.database_url),
        )
    }

    /// Stops everything.
    pub(super) async fn stop(&mut self, folder: &Path) -> Result<()> {
        self.state.stop(folder).await?;
        Ok(())
    }
}

fn address_of(url: &str) -> Result<SocketAddr> {
    let authority = url.trim_start_matches("http://").trim_end_matches('/');
    authority
        .parse()
        .with_context(|| format!("{url} is no address"))
}
