//! `make test`: every check and test there is, cheapest first, with one closing line.
mod api;
mod journey;
mod tally;

use std::{fs, process::ExitCode};

use anyhow::Result;
use wt_testkit::SKIPS_FILE;

use self::tally::Tally;
use crate::{
    dev,
    install::{self, Need},
    workspace::Workspace,
};

const NEEDS: [Need; 13] = [
    Need::Postgres,
    Need::Redis,
    Need::Nats,
    Need::Nginx,
    Need::Memcached,
    Need::Nmap,
    Need::Sslscan,
    Need::Chromium,
    Need::Nftables,
    Need::Iproute,
    Need::Poppler,
    Need::PythonVenv,
    Need::IdentityProvider,
];

/// Installs what is missing, then runs everything.
pub(crate) async fn run(workspace: &Workspace) -> Result<ExitCode> {
    install::ensure(workspace, &NEEDS)?;
    let mut tally = Tally::default();
    // The gateway embeds the web app, so that comes before any Rust.
    match dev::web(workspace) {
        Ok(()) => rust(workspace, &mut tally)?,
        Err(error) => tally.fail("web build", &error),
    }
    web(workspace, &mut tally).await?;
    api::run(workspace, &mut tally).await?;
    deploy(workspace, &mut tally)?;
    Ok(tally.close())
}

fn rust(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    tally.step(
        "format",
        workspace.cargo().args(["fmt", "--all", "--check"]),
    )?;
    tally.step(
        "tidy",
        workspace.command(workspace.binary("wt-xtask")).arg("tidy"),
    )?;
    tally.step(
        "clippy",
        workspace
            .cargo()
            .args([
                "clippy",
                "--workspace",
                "--all-targets",
                "--quiet",
                "--keep-going",
            ])
            .args(["--", "-D", "warnings"]),
    )?;
    let skips = workspace.target("skips.txt");
    fs::write(&skips, "")?;
    // Binaries and tests in one build, so that both get the same features.
    let built = tally.step(
        "build",
        workspace
            .cargo()
            .args(["build", "--workspace", "--all-targets", "--quiet"]),
    )?;
    if built {
        let nats = install::nats_server(workspace)?;
        let localstripe = install::localstripe(workspace).unwrap_or_default();
        tally.step(
            "tests",
            workspace
                .cargo()
                .args(["test", "--workspace", "--no-fail-fast", "--quiet"])
                .env("WT_NATS_SERVER", nats)
                .env("WT_LOCALSTRIPE_PYTHON", localstripe)
                .env(SKIPS_FILE, &skips),
        )?;
        tally.count_skips(&fs::read_to_string(&skips)?);
    }
    Ok(())
}

async fn web(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    if !workspace.path("web/package.json").is_file() {
        return Ok(());
    }
    for script in ["lint", "check", "test"] {
        tally.step(
            &format!("web {script}"),
            dev::npm(workspace).args(["run", script, "--silent"]),
        )?;
    }
    journey::run(workspace, tally).await
}

fn deploy(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let script = workspace.path("tests/deploy/run.sh");
    if script.is_file() {
        tally.step("deploy", workspace.command("bash").arg(script))?;
    } else {
        tally.skip("deploy", "there is no tests/deploy/run.sh");
    }
    Ok(())
}
