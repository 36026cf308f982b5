//! `make bench`: our speed beside that of bare tools, measured in turns on the same machine.
mod ingest;
mod jobs;
mod list;
mod measure;
mod ports;
mod rig;

use std::{fs, process::ExitCode};

use anyhow::{Context, Result};

use self::{measure::Measured, rig::Rig};
use crate::{
    dev::{self, Lock},
    install::{self, Need},
    workspace::{Workspace, run as run_command},
};

/// Runs every bench and writes `target/bench/results.json`. One that cannot run says why and is
/// left out; the command then fails.
pub(crate) async fn run(workspace: &Workspace) -> Result<ExitCode> {
    let folder = workspace.target("bench");
    let _lock = Lock::take(&folder)?;
    install::ensure(
        workspace,
        &[Need::Postgres, Need::Redis, Need::Nats, Need::Nmap],
    )?;
    dev::web(workspace)?;
    println!("building what is measured");
    run_command(workspace.cargo().args([
        "build",
        "--release",
        "--quiet",
        "--workspace",
        "--bins",
    ]))?;
    let mut results = Vec::new();
    let mut failed = Vec::new();
    keep(
        "ports",
        ports::measure(workspace),
        &mut results,
        &mut failed,
    );
    let mut rig = Rig::start(workspace, &folder).await?;
    keep("jobs", jobs::measure(&rig).await, &mut results, &mut failed);
    keep(
        "list",
        list::measure(&rig, &folder).await,
        &mut results,
        &mut failed,
    );
    keep("ingest", ingest::measure(&rig), &mut results, &mut failed);
    rig.stop(&folder).await?;
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

fn keep(
    name: &'static str,
    measured: Result<Vec<Measured>>,
    results: &mut Vec<Measured>,
    failed: &mut Vec<(&'static str, anyhow::Error)>,
) {
    match measured {
        Ok(found) => results.extend(found),
        Err(error) => failed.push((name, error)),
    }
}
