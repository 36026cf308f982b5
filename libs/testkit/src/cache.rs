//! A Redis of one's own.
use anyhow::Result;
use nix::sys::signal::Signal;

use super::{fleet::Redis, owned::Owned};

/// A running, empty server; it ends with the test.
#[derive(Debug)]
pub struct Cache {
    redis: Redis,
    folder: tempfile::TempDir,
    running: Owned,
}

impl Cache {
    /// Starts a server.
    ///
    /// # Errors
    /// Redis is not installed or does not start.
    pub async fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let redis = Redis::prepare(&folder.path().join("redis"))?;
        let process = redis.start(&folder.path().join("log")).await?;
        Ok(Self {
            redis,
            folder,
            running: Owned::new(process, Signal::SIGKILL)?,
        })
    }

    /// Where clients connect.
    pub fn url(&self) -> String {
        self.redis.url()
    }

    /// Ends the server as a crash would.
    ///
    /// # Errors
    /// It survives.
    pub async fn kill(&self) -> Result<()> {
        self.running.kill().await
    }

    /// Starts the server again, empty, on the same port.
    ///
    /// # Errors
    /// It does not come up.
    pub async fn restart(&mut self) -> Result<()> {
        self.running.stop().await?;
        let process = self.redis.start(&self.folder.path().join("log")).await?;
        self.running = Owned::new(process, Signal::SIGKILL)?;
        Ok(())
    }
}
