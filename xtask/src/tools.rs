//! `make tools`: the real scanners, for the tests of their adapters and for the benches beside
//! them. Nothing else needs them: what is missing is skipped there, with the reason.
//!
//! Each comes from where its people publish it, at a recorded version: Go modules, by the `go.mod`
//! and `go.sum` of a folder of their own in `xtask/tools/scanners`, so that every byte that is
//! built is known and checked; a crate with its lock file; packages of Debian. No release archive
//! is downloaded.
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, ensure};

use crate::{
    install::{self, Need, find},
    workspace::{Workspace, output, run},
};

/// Where they are put. Not `target/tools/bin`: pip replaces that folder as a whole.
const FOLDER: &str = "target/tools/scanners";
/// Oldest Go that builds every module below, as their `go.mod` files say.
const GO_MIN: (u32, u32) = (1, 24);
/// Compilers at once: the link of nuclei alone takes more than a gigabyte.
const BUILDS_AT_ONCE: &str = "2";

/// A program that is built from a Go module: its name, which is also that of the folder with its
/// `go.mod`, and the module it comes from.
struct GoTool {
    name: &'static str,
    module: &'static str,
}

/// The tools that have an adapter. Raise a version (`go get MODULE@VERSION` in its folder) together
/// with what the adapter's tests see: `cargo test --workspace real_tools`.
const GO_TOOLS: [GoTool; 4] = [
    GoTool {
        name: "naabu",
        module: "github.com/projectdiscovery/naabu/v2",
    },
    GoTool {
        name: "httpx",
        module: "github.com/projectdiscovery/httpx",
    },
    GoTool {
        name: "tlsx",
        module: "github.com/projectdiscovery/tlsx",
    },
    GoTool {
        name: "nuclei",
        module: "github.com/projectdiscovery/nuclei/v3",
    },
];
/// The crate of the peer of a port bench.
const RUSTSCAN: &str = "2.4.1";

/// A program put here by `make tools`, or one on `PATH`.
pub(crate) fn tool(workspace: &Workspace, name: &str) -> Option<PathBuf> {
    let ours = bin(workspace).join(name);
    if ours.is_file() {
        Some(ours)
    } else {
        find(name)
    }
}

fn root(workspace: &Workspace) -> PathBuf {
    workspace.target("tools/scanners")
}

fn bin(workspace: &Workspace) -> PathBuf {
    root(workspace).join("bin")
}

/// Installs every tool, one after the other; those that cannot be had are named at the end, and
/// the command fails.
pub(crate) fn install(workspace: &Workspace) -> Result<ExitCode> {
    fs::create_dir_all(bin(workspace))?;
    let mut missing = Vec::new();
    let mut note = |name: &str, ended: Result<String>| match ended {
        Ok(version) => println!("{name}: {version}"),
        Err(error) => missing.push(format!("{name}: {error:#}")),
    };
    for (name, need) in [("nmap", Need::Nmap), ("testssl", Need::Testssl)] {
        note(name, debian(workspace, name, need));
    }
    let go = go(workspace).map_err(|error| format!("{error:#}"));
    for tool in &GO_TOOLS {
        let installed = match &go {
            Ok(go) => go_tool(workspace, go, tool),
            Err(error) => Err(anyhow::anyhow!("{error}")),
        };
        note(tool.name, installed);
    }
    note("rustscan", rustscan(workspace));
    for line in &missing {
        eprintln!("NOT INSTALLED {line}");
    }
    println!("{FOLDER}/bin");
    Ok(if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A package of Debian, at the version of this Debian.
fn debian(workspace: &Workspace, program: &str, need: Need) -> Result<String> {
    install::ensure(workspace, &[need])?;
    let path = find(program).with_context(|| format!("there is still no {program} on PATH"))?;
    Ok(path.display().to_string())
}

/// A Go that is new enough.
fn go(workspace: &Workspace) -> Result<PathBuf> {
    install::ensure(workspace, &[Need::Go, Need::PcapHeaders])?;
    let go = find("go").context("there is no go on PATH")?;
    let said = output(workspace.command(&go).args(["env", "GOVERSION"]))?;
    let version = said.trim();
    ensure!(
        go_version(version).is_some_and(|version| version >= GO_MIN),
        "{version} is too old: {}.{} or newer is needed",
        GO_MIN.0,
        GO_MIN.1
    );
    Ok(go)
}

/// Major and minor of `go1.26.8`.
fn go_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.strip_prefix("go")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

fn go_tool(workspace: &Workspace, go: &Path, tool: &GoTool) -> Result<String> {
    let folder = workspace.path("xtask/tools/scanners").join(tool.name);
    let wanted = fs::read_to_string(folder.join("go.mod"))?;
    let version = version_of(&wanted, tool.module)
        .with_context(|| format!("{} requires no {}", folder.display(), tool.module))?;
    let program = bin(workspace).join(tool.name);
    let there = || {
        let said = output(workspace.command(go).args(["version", "-m"]).arg(&program));
        said.is_ok_and(|said| is_built_from(&said, tool.module, version))
    };
    if !there() {
        println!("building {} {version}", tool.name);
        run(workspace
            .command(go)
            .current_dir(&folder)
            .args(["build", "-trimpath", "-p", BUILDS_AT_ONCE, "-o"])
            .arg(&program)
            .arg(format!("{}/cmd/{}", tool.module, tool.name))
            // What is not in go.mod and go.sum is not built.
            .env("GOFLAGS", "-mod=readonly")
            .env("GOTOOLCHAIN", "local"))?;
    }
    ensure!(there(), "what was built is not {version}");
    Ok(version.to_owned())
}

/// The version that a `go.mod` requires of a module.
fn version_of<'text>(go_mod: &'text str, module: &str) -> Option<&'text str> {
    go_mod.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.find(|word| *word != "require")? == module)
            .then(|| words.next())
            .flatten()
    })
}

/// Whether `go version -m` names the module at the version.
fn is_built_from(said: &str, module: &str, version: &str) -> bool {
    said.lines().any(|line| {
        let mut words = line.split_whitespace();
        matches!(words.next(), Some("mod" | "dep"))
            && words.next() == Some(module)
            && words.next() == Some(version)
    })
}

fn rustscan(workspace: &Workspace) -> Result<String> {
    // Knows by itself when it is there already.
    run(workspace
        .cargo()
        .args(["install", "rustscan", "--locked", "--quiet"])
        .args(["--version", RUSTSCAN, "--root"])
        .arg(root(workspace)))?;
    Ok(RUSTSCAN.to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{GO_MIN, GO_TOOLS, go_version, is_built_from, version_of};

    #[test]
    fn a_program_counts_only_at_the_recorded_version_of_its_module() {
        let module = "github.com/projectdiscovery/naabu/v2";
        let said = "bin/naabu: go1.26.8\n\tpath\tgithub.com/projectdiscovery/naabu/v2/cmd/naabu\n\
                    \tmod\twatchtower.example/scanners/naabu\t(devel)\n\
                    \tdep\tgithub.com/projectdiscovery/naabu/v2\tv2.3.5\th1:x=\n";
        assert!(is_built_from(said, module, "v2.3.5"));
        assert!(!is_built_from(said, module, "v2.3.6"));
        assert!(!is_built_from(
            said,
            "github.com/projectdiscovery/httpx",
            "v2.3.5"
        ));
    }

    #[test]
    fn every_tool_has_a_folder_that_requires_it_and_knows_its_bytes() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/scanners");
        for tool in &GO_TOOLS {
            let read = |name| std::fs::read_to_string(folder.join(tool.name).join(name)).unwrap();
            let (required, known) = (read("go.mod"), read("go.sum"));
            let version = version_of(&required, tool.module).unwrap();
            assert!(known.contains(&format!("{} {version} h1:", tool.module)));
        }
    }

    #[test]
    fn gos_version_is_read_with_or_without_a_patch() {
        assert_eq!(go_version("go1.26.8"), Some((1, 26)));
        assert!(go_version("go1.19") < Some(GO_MIN));
        assert_eq!(go_version("devel +abc"), None);
    }
}
