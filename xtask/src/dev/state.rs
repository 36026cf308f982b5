//! What `make up` started, written down so that `make down` stops exactly that.
use std::{
    fs::{self, File},
    path::Path,
    time::Duration,
};

use anyhow::{Context, Result};
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use wt_testkit::fleet::Process;

use crate::workspace::Workspace;

/// How long one process may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the others stand on.
const SERVERS: [&str; 3] = ["postgres", "nats", "redis"];

/// One line of the table, and what is needed to stop it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The process.
    pub(crate) process: Process,
    /// Where it answers.
    pub(crate) url: String,
}

/// Everything that runs for development.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct State {
    /// Processes in the order of start.
    pub(crate) entries: Vec<Entry>,
    /// Where programs reach the fleet; empty until it is ready.
    pub(crate) gateway_url: String,
    /// Where browsers reach the fleet.
    #[serde(default)]
    pub(crate) public_url: String,
}

impl State {
    /// Reads what was last written; nothing if there is nothing or it is unreadable after a crash.
    pub(crate) fn read(folder: &Path) -> Self {
        fs::read(folder.join("state.json"))
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    /// Writes it whole or not at all.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        let draft = folder.join("state.json.new");
        fs::write(&draft, serde_json::to_vec_pretty(self)?)?;
        fs::rename(draft, folder.join("state.json")).context("cannot write state.json")
    }

    /// Adds a process and writes that down at once: a crash right after must not lose it.
    pub(crate) fn add(&mut self, folder: &Path, process: Process, url: &str) -> Result<()> {
        self.entries.push(Entry {
            process,
            url: url.to_owned(),
        });
        self.write(folder)
    }

    /// Whether everything that was started still runs.
    pub(crate) fn is_complete(&self) -> bool {
        !self.gateway_url.is_empty() && self.entries.iter().all(|entry| entry.process.is_alive())
    }

    /// Stops what still runs: everything that uses the servers at once, then the servers, so that
    /// nobody loses its database while it drains. Returns how many were running.
    pub(crate) async fn stop(&mut self, folder: &Path) -> Result<usize> {
        let mut stopped = 0;
        self.gateway_url.clear();
        for servers in [false, true] {
            let (now, later): (Vec<_>, Vec<_>) = self
                .entries
                .drain(..)
                .partition(|entry| SERVERS.contains(&entry.process.name.as_str()) == servers);
            let alive: Vec<_> = now
                .iter()
                .filter(|entry| entry.process.is_alive())
                .collect();
            stopped += alive.len();
            let done = join_all(alive.iter().map(|entry| entry.process.stop(PATIENCE))).await;
            // What did not end stays written down.
            self.entries = now
                .into_iter()
                .filter(|entry| entry.process.is_alive())
                .collect();
            self.entries.extend(later);
            self.write(folder)?;
            done.into_iter().collect::<Result<Vec<_>>>()?;
        }
        Ok(stopped)
    }

    /// One line for each process: service, where it answers, its number, its log.
    pub(crate) fn table(&self, workspace: &Workspace) -> String {
        let rows = self.entries.iter().map(|entry| {
            [
                entry.process.name.clone(),
                entry.url.clone(),
                entry.process.pid.to_string(),
                workspace.relative(&entry.process.log).to_string(),
            ]
        });
        let header = ["service", "url", "pid", "log"].map(ToOwned::to_owned);
        let rows: Vec<_> = std::iter::once(header).chain(rows).collect();
        let width = |column: usize| {
            rows.iter()
                .filter_map(|row| row.get(column).map(String::len))
                .max()
                .unwrap_or_default()
        };
        let (service, url, pid) = (width(0), width(1), width(2));
        rows.iter()
            .map(|[a, b, c, d]| format!("{a:service$}  {b:url$}  {c:>pid$}  {d}\n"))
            .collect::<Vec<_>>()
            .concat()
    }
}

/// Held while processes are started or stopped, so that two commands do not undo each other.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of `folder`, made if it is not there.
    pub(crate) fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let file = File::create(folder.join("lock"))?;
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            println!("waiting for another make to finish");
            file.lock()?;
        }
        Ok(Self { _file: file })
    }
}
