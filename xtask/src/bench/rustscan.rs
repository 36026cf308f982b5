//! A sweep of every TCP port of this machine, beside rustscan's.
use std::{
    net::{Ipv4Addr, TcpListener},
    path::Path,
};

use anyhow::{Context, Result, ensure};

use super::{
    measure::{Better, Measured, take},
    ports::covers,
};
use crate::workspace::Workspace;

/// Rounds in turns; the median of each counts.
const ROUNDS: usize = 5;
/// An address of its own.
const TARGET: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 78);
/// How many of the ports are open: a sweep that misses one does not count.
const OPEN: usize = 5;
/// Sockets in flight of the peer: its own default, for which it raises the limit of open files.
const BATCH: &str = "4500";
const OPEN_FILES: &str = "5000";

/// Measures wall clock.
pub(super) fn measure(workspace: &Workspace, rustscan: &Path) -> Result<Vec<Measured>> {
    let listeners: Vec<_> = (0..OPEN)
        .map(|_| TcpListener::bind((TARGET, 0)))
        .collect::<Result<_, _>>()?;
    let open: Vec<u16> = listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect::<Result<_>>()?;
    let target = TARGET.to_string();
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let took = take(
            workspace
                .command(workspace.target("release/watchtower-engine"))
                .args(["ports", "--target", &target])
                .args(["--allow-network", "127.0.0.0/8"]),
        )?;
        let said: serde_json::Value = serde_json::from_str(&took.said)?;
        let found = said["open"].as_str().context("the engine names no ports")?;
        ensure!(covers(found, &open), "the engine missed one: {found}");
        ours.push(took.wall_s);
        let took = take(
            workspace
                .command(rustscan)
                .args(["--no-config", "--no-banner", "--greppable"])
                .args(["--batch-size", BATCH, "--ulimit", OPEN_FILES])
                .args(["--range", "1-65535", "--addresses", &target]),
        )?;
        let found = ports_of(&took.said, &target).context("rustscan names no ports")?;
        ensure!(covers(found, &open), "rustscan missed one: {found}");
        peer.push(took.wall_s);
    }
    Ok(vec![Measured::new(
        "ports.vs_rustscan",
        "s",
        Better::Lower,
        &mut ours,
        &mut peer,
    )])
}

/// The list in `127.0.0.1 -> [22,80]`.
fn ports_of<'said>(said: &'said str, target: &str) -> Option<&'said str> {
    said.lines().find_map(|line| {
        let (address, list) = line.split_once("->")?;
        let list = list.trim().strip_prefix('[')?.strip_suffix(']')?;
        (address.trim() == target).then_some(list)
    })
}

#[cfg(test)]
mod tests {
    use super::ports_of;

    #[test]
    fn the_ports_of_the_target_are_read() {
        let said = "noise\n127.0.0.9 -> [1]\n127.0.0.78 -> [22,80]\n";
        assert_eq!(ports_of(said, "127.0.0.78"), Some("22,80"));
        assert_eq!(ports_of(said, "127.0.0.1"), None);
    }
}
