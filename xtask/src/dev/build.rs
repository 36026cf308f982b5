//! Builds what a fleet runs: the web app when it changed, then the workspace.
use std::{
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

use anyhow::{Result, bail};

use crate::{
    install,
    workspace::{Workspace, output, run},
};

/// Builds the web app into `web/dist`, which the gateway embeds, then every binary.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    web(workspace)?;
    println!("building the workspace");
    run(workspace
        .cargo()
        .args(["build", "--quiet", "--workspace", "--bins"]))
}

/// Installs the web app's packages if its lock file changed since, and builds it if a source did.
pub(crate) fn web(workspace: &Workspace) -> Result<()> {
    if !workspace.path("web/package.json").is_file() {
        return Ok(());
    }
    if install::find("npm").is_none() {
        bail!("building the web app needs Node and npm: install them and run this again");
    }
    web_packages(workspace)?;
    let built = modified(&workspace.path("web/dist/index.html"));
    let newest = newest_below(&workspace.path("web"))?;
    if built.is_none_or(|built| newest > built) {
        println!("building the web app");
        output(npm(workspace).args(["run", "build", "--silent"]))?;
    }
    Ok(())
}

/// Installs exactly the packages of the lock file, unless that is done.
fn web_packages(workspace: &Workspace) -> Result<()> {
    let installed = modified(&workspace.path("web/node_modules/.package-lock.json"));
    let wanted = modified(&workspace.path("web/package-lock.json"));
    if installed.is_none() || wanted > installed.map(|at| at + CLOCK_SLACK) {
        println!("installing the web app's packages");
        // Not `npm ci`: it insists on optional packages of other platforms, which a registry
        // that keeps only some platforms does not have. `--no-save` installs what the lock file
        // names and leaves it as it is.
        run(npm(workspace).args([
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ]))?;
    }
    Ok(())
}

/// A checkout and an install in the same second must not install again for ever.
const CLOCK_SLACK: Duration = Duration::from_secs(1);

/// npm in the web app's folder.
pub(crate) fn npm(workspace: &Workspace) -> std::process::Command {
    let mut command = workspace.command("npm");
    command.current_dir(workspace.path("web"));
    command
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// When the newest source of the web app was changed.
fn newest_below(folder: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let skipped = ["node_modules", "dist", "tests", "test-results"];
            if skipped.iter().any(|skip| name == *skip) {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else {
                newest = newest.max(entry.metadata()?.modified()?);
            }
        }
    }
    Ok(newest)
}
