//! A payment provider of one's own that speaks Stripe's API: `localstripe`, fenced to 127.0.0.1.
//!
//! It knows customers, plans, subscriptions, invoices and signed webhooks. It has no prices, no
//! Checkout and no portal, and ignores idempotency keys: what needs those talks to a stub, and
//! says so.
use std::{env, path::PathBuf, process::Command, time::Duration};

use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;

use super::{
    fleet::{Process, free_ports},
    owned::Owned,
};

/// How long a start may take: an interpreter and its imports.
const START_PATIENCE: Duration = Duration::from_mins(1);
/// Where `make test` installed it; names its Python.
const PYTHON: &str = "WT_LOCALSTRIPE_PYTHON";
/// Started by its own command it listens on every interface and keeps what it was told in a file
/// of every user: neither happens here.
const SERVE: &str = "
import sys
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None
web.run_app(server.app, host='127.0.0.1', port=int(sys.argv[1]), print=None)
";

/// A running, empty provider; it ends with the test.
#[derive(Debug)]
pub struct Payments {
    url: String,
    _folder: tempfile::TempDir,
    _running: Owned,
}

impl Payments {
    /// Starts one, if it is installed.
    ///
    /// # Errors
    /// It is installed and does not start.
    pub async fn start() -> Result<Option<Self>> {
        let Some(python) = python() else {
            return Ok(None);
        };
        let folder = tempfile::tempdir()?;
        let port = free_ports(1)?.first().copied().context("no free port")?;
        let mut command = Command::new(python);
        command
            .current_dir(folder.path())
            .args(["-c", SERVE, &port.to_string()]);
        let process = Process::spawn("localstripe", &mut command, &folder.path().join("log"))?;
        let address = format!("127.0.0.1:{port}");
        if !process.listens_within(&address, START_PATIENCE).await {
            bail!("localstripe does not start:\n{}", process.last_words());
        }
        Ok(Some(Self {
            url: format!("http://{address}"),
            _folder: folder,
            _running: Owned::new(process, Signal::SIGKILL)?,
        }))
    }

    /// Where it answers, such as `http://127.0.0.1:8420`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// The Python it is installed into: the one named, or where `cargo xtask` puts it.
fn python() -> Option<PathBuf> {
    let named = env::var_os(PYTHON).map(PathBuf::from);
    let usual = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../target/tools/localstripe/bin/python"
    );
    named
        .or_else(|| Some(PathBuf::from(usual)))
        .filter(|python| python.is_file())
}
