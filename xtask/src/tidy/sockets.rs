//! Whatever takes part in a scan reaches a target through the engine's guard and no other way.
use std::{fs, path::Path};

use anyhow::Result;

use super::{Finding, bans::names};
use crate::workspace::Workspace;

/// Folders whose code runs between a job and its target.
const SCANS: [&str; 3] = ["libs/engine", "libs/domain", "services/scan-worker"];
/// The dialer: the only code that may open a socket towards a target.
const GUARD: &str = "libs/engine/src/guard/";
/// What opens a socket, asks the system's resolver, or starts something that could.
const DOORS: [&str; 18] = [
    "TcpStream::connect",
    "TcpStream::connect_timeout",
    "TcpSocket",
    "UdpSocket",
    "UnixStream",
    "UnixDatagram",
    "TcpListener",
    "socket2",
    "mio",
    "lookup_host",
    "to_socket_addrs",
    "ToSocketAddrs",
    "TokioResolver",
    "reqwest",
    "hyper_util::client",
    "Command::new",
    "process::Command",
    "libc::connect",
];
/// Crates that dial by themselves, and who may depend on them.
const DIALERS: [(&str, &[&str]); 12] = [
    ("reqwest", &[]),
    ("ureq", &[]),
    ("curl", &[]),
    ("isahc", &[]),
    ("attohttpc", &[]),
    ("surf", &[]),
    ("trust-dns-resolver", &[]),
    ("hickory-resolver", &["libs/engine"]),
    ("hickory-client", &[]),
    ("socket2", &["libs/engine"]),
    ("mio", &["libs/engine"]),
    ("pnet", &[]),
];
/// Where a door is used for something else, and for what.
const EXEMPT: [(&str, &str, &str); 4] = [
    (
        "libs/engine/src/adapter/child.rs",
        "Command::new",
        "starts the tools an operator turned on; all but nmap only where the way out is confined",
    ),
    (
        "libs/engine/src/adapter/namespace/program.rs",
        "Command::new",
        "starts ip, nft and util-linux, which make the network that confines a tool",
    ),
    (
        "libs/engine/src/template/interactions.rs",
        "TcpListener",
        "waits for targets that come to us; it answers and never dials",
    ),
    (
        "libs/engine/src/template/interactions.rs",
        "UdpSocket",
        "waits for questions of targets; it answers and never asks",
    ),
];

/// Reports every other way to a target.
pub(super) fn check(workspace: &Workspace) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for folder in SCANS {
        for file in workspace.files(folder, ".rs")? {
            let place = workspace.relative(&file).to_string();
            findings.extend(doors_in(&place, &fs::read_to_string(&file)?));
        }
        for file in workspace.files(folder, ".toml")? {
            let place = workspace.relative(&file).to_string();
            findings.extend(dialers_in(&place, &fs::read_to_string(&file)?));
        }
    }
    Ok(findings)
}

fn doors_in(place: &str, text: &str) -> Vec<Finding> {
    let is_test = Path::new(place)
        .components()
        .any(|part| part.as_os_str() == "tests");
    if is_test || place.starts_with(GUARD) {
        return Vec::new();
    }
    let is_exempt = |door: &str| {
        EXEMPT
            .iter()
            .any(|(file, what, _)| *file == place && *what == door)
    };
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.trim() == "#[cfg(test)]" {
            break;
        }
        if line.trim_start().starts_with("//") {
            continue;
        }
        for door in DOORS {
            if names(line, door) && !is_exempt(door) {
                findings.push(Finding::new(
                    format!("{place}:{}", number + 1),
                    format!("`{door}`: targets are reached through the engine's guard"),
                ));
            }
        }
    }
    findings
}

/// Ordinary dependencies of a crate that takes part in scans; those of its tests are its own.
fn dialers_in(place: &str, text: &str) -> Vec<Finding> {
    let folder = place.strip_suffix("/Cargo.toml").unwrap_or(place);
    let mut is_ordinary = false;
    let mut findings = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            is_ordinary = line.ends_with("dependencies]") && !line.contains("dev-");
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        let dialer = DIALERS.iter().find(|(dialer, _)| *dialer == name);
        if let Some((dialer, allowed)) = dialer
            && is_ordinary
            && !allowed.contains(&folder)
        {
            let what = format!("`{dialer}` dials by itself; targets are reached through the guard");
            findings.push(Finding::new(place, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::{dialers_in, doors_in};

    #[test]
    fn a_probe_that_dials_by_itself_is_found_and_the_guard_is_not() {
        let line = "    let stream = TcpStream::connect(address).await?;";
        assert_eq!(doors_in("libs/engine/src/probe/http.rs", line).len(), 1);
        assert_eq!(doors_in("services/scan-worker/src/task.rs", line).len(), 1);
        assert!(doors_in("libs/engine/src/guard/connect.rs", line).is_empty());
        assert!(doors_in("libs/engine/tests/it/pace.rs", line).is_empty());
        assert!(doors_in("libs/engine/src/run/mod.rs", &format!("// {line}")).is_empty());
        assert!(doors_in("libs/engine/src/run/mod.rs", "use tokio::net::TcpStream;").is_empty());
        let waits = "let socket = UdpSocket::bind(address).await?;";
        assert!(doors_in("libs/engine/src/template/interactions.rs", waits).is_empty());
        assert_eq!(doors_in("libs/engine/src/template/dns.rs", waits).len(), 1);
    }

    #[test]
    fn a_client_among_the_dependencies_is_found_and_one_of_the_tests_is_not() {
        let place = "services/scan-worker/Cargo.toml";
        let client = "[dependencies]\nreqwest.workspace = true\n";
        assert_eq!(dialers_in(place, client).len(), 1);
        let tests = "[dependencies]\nserde = \"1\"\n[dev-dependencies]\nreqwest = \"0.12\"\n";
        assert!(dialers_in(place, tests).is_empty());
        let mio = "[dependencies]\nmio.workspace = true\n";
        assert!(dialers_in("libs/engine/Cargo.toml", mio).is_empty());
        assert_eq!(dialers_in("libs/domain/scope/Cargo.toml", mio).len(), 1);
    }
}
