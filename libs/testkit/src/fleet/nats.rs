//! A private NATS server with `JetStream` that keeps what it acknowledged.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

use super::{Process, free_ports};

/// How long a start may take, recovery of streams included.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// One server in one folder.
#[derive(Debug, Clone)]
pub struct Nats {
    server: PathBuf,
    config: PathBuf,
    port: u16,
    monitor: u16,
}

impl Nats {
    /// Writes the configuration of a server in `folder`.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn prepare(server: &Path, folder: &Path) -> Result<Self> {
        Self::prepare_with(server, folder, "")
    }

    /// As [`Nats::prepare`], with more lines of configuration.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn prepare_with(server: &Path, folder: &Path, more: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let ports = free_ports(2)?;
        let [port, monitor] = ports.as_slice() else {
            bail!("no free ports");
        };
        let config = folder.join("nats.conf");
        let store = folder.join("store");
        // `always`: an acknowledged message survives a power cut. Everything the platform
        // publishes is tens of messages a second, so the price does not show.
        let text = format!(
            "listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\n\
             max_payload: 8MB\n\
             jetstream {{\n  store_dir: \"{}\"\n  sync_interval: always\n  \
             max_memory_store: 256MB\n  max_file_store: 8GB\n}}\n{more}\n",
            store.display()
        );
        fs::write(&config, text)?;
        Ok(Self {
            server: server.to_path_buf(),
            config,
            port: *port,
            monitor: *monitor,
        })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where its own figures are.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// Starts it and waits until `JetStream` is up. On the same ports each time.
    ///
    /// # Errors
    /// It does not come up; the error quotes its log.
    pub async fn start(&self, log: &Path) -> Result<Process> {
        let mut command = Command::new(&self.server);
        command.arg("--config").arg(&self.config);
        let process = Process::spawn("nats", &mut command, log)?;
        let deadline = Instant::now() + START_PATIENCE;
        let health = format!("{}/healthz", self.monitor_url());
        let client = reqwest::Client::builder()
            .timeout(Duration::from_secs(2))
            .build()?;
        loop {
            let answer = client.get(&health).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                return Ok(process);
            }
            if !process.is_alive() || Instant::now() >= deadline {
                bail!("nats does not start:\n{}", process.last_words());
            }
            sleep(Duration::from_millis(50)).await;
        }
    }
}
