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
const PATIENCE: Duration = Duration::from_mins(1);
/// How many ports are tried: three that were free and taken at once are no accident.
const TRIES_MAX: u32 = 3;

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
        let folder = tempfile::tempdir()?;
        write(&folder, settings)?;
        let mut tries = 0;
        loop {
            let Some(port) = free_ports(1)?.first().copied() else {
                bail!("no free port");
            };
            tries += 1;
            match spawn(&folder, port).await {
                Ok(running) => {
                    return Ok(Self {
                        folder,
                        port,
                        running,
                    });
                }
                // Another test was faster to take the port.
                Err(_) if tries < TRIES_MAX => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Gives it other settings and new keys; it forgets everybody. Takes effect soon after: the
    /// port stays its own meanwhile, which a second process could lose to another test.
    ///
    /// # Errors
    /// The settings cannot be written, or it is gone.
    pub fn change(&self, settings: &Value) -> Result<()> {
        write(&self.folder, settings)?;
        self.running.process().signal(Signal::SIGHUP)
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

fn settings_of(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("settings.json")
}

fn write(folder: &tempfile::TempDir, settings: &Value) -> Result<()> {
    Ok(std::fs::write(settings_of(folder), settings.to_string())?)
}

async fn spawn(own: &tempfile::TempDir, port: u16) -> Result<Owned> {
    let mut command = Command::new("node");
    command
        .arg(folder()?.join("provider.mjs"))
        .arg(port.to_string())
        .arg(settings_of(own));
    let log = own.path().join("provider.log");
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
