//! An `OpenID` Connect provider of one's own: the certified one that `make test` installs.
use std::{path::PathBuf, process::Command, time::Duration};

use anyhow::{Result, bail};
use nix::sys::signal::Signal;
use serde_json::Value;

use super::{
    database::root,
    fleet::{Process, free_ports},
    owned::Owned,
};

/// Longest wait until it listens; RSA keys take their time on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running provider; it ends with the test.
#[derive(Debug)]
pub struct IdentityProvider {
    folder: tempfile::TempDir,
    port: u16,
    running: Owned,
}

impl IdentityProvider {
    /// Whether `make test` installed it; a test without it is skipped and says so.
    pub fn is_installed() -> bool {
        folder().is_ok_and(|folder| folder.join("node_modules/oidc-provider").is_dir())
    }

    /// Starts it with the settings that `xtask/tools/oidc/provider.mjs` reads.
    ///
    /// # Errors
    /// It is not installed or does not start.
    pub async fn start(settings: &Value) -> Result<Self> {
        let Some(port) = free_ports(1)?.first().copied() else {
            bail!("no free port");
        };
        let folder = tempfile::tempdir()?;
        let running = spawn(&folder, port, settings).await?;
        Ok(Self {
            folder,
            port,
            running,
        })
    }

    /// Starts it again under the same address, with new keys and other settings.
    ///
    /// # Errors
    /// It does not end or start.
    pub async fn restart(&mut self, settings: &Value) -> Result<()> {
        self.running.kill().await?;
        self.running = spawn(&self.folder, self.port, settings).await?;
        Ok(())
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }
}

/// Where `make test` puts it.
fn folder() -> Result<PathBuf> {
    Ok(root()?.join("target/tools/oidc"))
}

async fn spawn(log_folder: &tempfile::TempDir, port: u16, settings: &Value) -> Result<Owned> {
    let mut command = Command::new("node");
    command
        .arg(folder()?.join("provider.mjs"))
        .arg(port.to_string())
        .env("OIDC_PEER", settings.to_string());
    let log = log_folder.path().join("provider.log");
    let process = Process::spawn("identity provider", &mut command, &log)?;
    let running = Owned::new(process, Signal::SIGKILL)?;
    let address = format!("127.0.0.1:{port}");
    if !running.process().listens_within(&address, PATIENCE).await {
        bail!(
            "the provider does not start:\n{}",
            running.process().last_words()
        );
    }
    Ok(running)
}
