//! A private Redis without persistence.
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::{Context, Result, bail};

use super::{Process, free_ports};

/// How long a start may take.
const START_PATIENCE: Duration = Duration::from_mins(1);

/// One server in one folder: it holds budgets, never truth.
#[derive(Debug, Clone)]
pub struct Redis {
    folder: PathBuf,
    port: u16,
}

impl Redis {
    /// Chooses a port for a server in `folder`.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn prepare(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let port = free_ports(1)?.first().copied().context("no free port")?;
        Ok(Self {
            folder: folder.to_path_buf(),
            port,
        })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    /// Starts it and waits until it accepts connections.
    ///
    /// # Errors
    /// It does not come up; the error quotes its log.
    pub async fn start(&self, log: &Path) -> Result<Process> {
        let mut command = Command::new("redis-server");
        command
            .current_dir(&self.folder)
            .args(["--bind", "127.0.0.1", "--port", &self.port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--daemonize", "no"]);
        let process = Process::spawn("redis", &mut command, log)?;
        let address = format!("127.0.0.1:{}", self.port);
        if !process.listens_within(&address, START_PATIENCE).await {
            bail!("redis does not start:\n{}", process.last_words());
        }
        Ok(process)
    }
}
