//! `make bench`: our speed beside that of bare tools, measured in turns on the same machine.
mod auth;
mod caller;
mod first_view;
mod http;
mod ingest;
mod jobs;
mod list;
mod measure;
mod pgbench;
mod ports;
mod report;
mod rig;
mod rustscan;
mod scale;
mod silent;
mod templates;
mod testssl;
mod tls;

use std::{fs, path::PathBuf, process::ExitCode};

use anyhow::{Context, Result};

use self::{measure::Measured, rig::Rig};
use crate::{
    dev::{self, Lock},
    install::{self, Need},
    tools::tool,
    workspace::{Workspace, run as run_command},
};

/// What is measured, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Choice {
    /// Only these: `ports`, `silent`, `tls`, `http`, `rustscan`, `testssl`, `templates`, `report`, `jobs`, `list`,
    /// `auth`, `ingest`, `web`, `scale`; all without.
    only: Vec<String>,
    /// Measures the binaries as they are in `target/release`.
    #[arg(long)]
    built: bool,
}

impl Choice {
    fn has(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Runs every chosen bench and writes `target/bench/results.json`. One that cannot run says why and is
/// left out; the command then fails.
pub(crate) async fn run(workspace: &Workspace, choice: &Choice) -> Result<ExitCode> {
    let folder = workspace.target("bench");
    let _lock = Lock::take(&folder)?;
    install::ensure(
        workspace,
        &[
            Need::Postgres,
            Need::Redis,
            Need::Nats,
            Need::Nmap,
            Need::Sslscan,
            Need::Chromium,
        ],
    )?;
    dev::web(workspace)?;
    if !choice.built {
        println!("building what is measured");
        run_command(workspace.cargo().args([
            "build",
            "--release",
            "--quiet",
            "--workspace",
            "--bins",
        ]))?;
    }
    let mut results = Vec::new();
    let mut failed = Vec::new();
    let mut keep = |name, measured: Result<Vec<Measured>>| match measured {
        Ok(found) => results.extend(found),
        Err(error) => failed.push((name, error)),
    };
    if choice.has("ports") {
        keep("ports", ports::measure(workspace));
    }
    if choice.has("silent") {
        keep("silent", silent::measure(workspace));
    }
    if choice.has("tls") {
        keep("tls", tls::measure(workspace, &folder));
    }
    if choice.has("http") {
        keep("http", http::measure(workspace).await);
    }
    if let Some(rustscan) = peer(workspace, choice, "rustscan", "rustscan") {
        keep("rustscan", rustscan::measure(workspace, &rustscan));
    }
    if let Some(testssl) = peer(workspace, choice, "testssl", "testssl") {
        keep("testssl", testssl::measure(workspace, &folder, &testssl));
    }
    if let Some(nuclei) = peer(workspace, choice, "templates", "nuclei") {
        let measured = templates::measure(workspace, &folder, &nuclei).await;
        keep("templates", measured);
    }
    if choice.has("report") {
        keep("report", report::measure(workspace, &folder));
    }
    if ["jobs", "list", "auth", "ingest", "web", "scale"]
        .iter()
        .any(|name| choice.has(name))
    {
        let mut rig = Rig::start(workspace, &folder).await?;
        if choice.has("jobs") {
            keep("jobs", jobs::measure(&rig).await);
        }
        if choice.has("list") {
            keep("list", list::measure(&rig, &folder));
        }
        if choice.has("auth") {
            keep("auth", auth::measure(&rig, &folder));
        }
        if choice.has("ingest") {
            keep("ingest", ingest::measure(&rig));
        }
        // Last, because its rows stay and would be part of what the others measure.
        if choice.has("web") {
            keep("web", first_view::measure(&rig));
        }
        if choice.has("scale") {
            keep("scale", scale::measure(&mut rig).await);
        }
        rig.stop(&folder).await?;
    }
    let path = folder.join("results.json");
    fs::write(&path, serde_json::to_vec_pretty(&results)?)
        .with_context(|| path.display().to_string())?;
    for result in &results {
        println!("{result}");
    }
    println!("{}", path.display());
    for (name, error) in &failed {
        println!("{name} was not measured: {error:#}");
    }
    Ok(if failed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The peer of a bench that was chosen, where `make tools` was run; without it the bench is left
/// out, which is no failure.
fn peer(workspace: &Workspace, choice: &Choice, bench: &str, program: &str) -> Option<PathBuf> {
    if !choice.has(bench) {
        return None;
    }
    let found = tool(workspace, program);
    if found.is_none() {
        println!("{bench} is left out: there is no {program} (`make tools` installs it)");
    }
    found
}
