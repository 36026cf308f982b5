//! A sweep of every TCP port of this machine, beside nmap's connect scan.
use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, ensure};

use super::measure::{Better, Measured, take};
use crate::workspace::Workspace;

/// Rounds in turns; the median of each counts.
const ROUNDS: usize = 7;
/// An address of its own, so that what else this machine serves is not in the way.
const TARGET: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 77);
/// How many of the ports are open: a sweep that misses one does not count.
const OPEN: usize = 5;

/// Measures wall clock and CPU.
pub(super) fn measure(workspace: &Workspace) -> Result<Vec<Measured>> {
    let listeners: Vec<_> = (0..OPEN)
        .map(|_| TcpListener::bind((TARGET, 0)))
        .collect::<Result<_, _>>()?;
    let open: Vec<_> = listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect::<Result<_>>()?;
    let target = TARGET.to_string();
    let (mut ours, mut ours_cpu) = (Vec::new(), Vec::new());
    let (mut peer, mut peer_cpu) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let took = take(
            workspace
                .command(workspace.target("release/watchtower-engine"))
                .args(["ports", "--target", &target])
                .args(["--allow-network", "127.0.0.0/8"]),
        )?;
        let said: serde_json::Value = serde_json::from_str(&took.said)?;
        let found = said["open"].as_str().context("the engine names no ports")?;
        ensure!(
            covers(found, &open),
            "the engine missed one of {open:?}: {found}"
        );
        ours.push(took.wall_s);
        ours_cpu.push(took.cpu_s);
        let took = take(workspace.command("nmap").args([
            "-sT", "-T5", "-n", "-Pn", "-p", "1-65535", "-oG", "-", &target,
        ]))?;
        let found = open
            .iter()
            .all(|port| took.said.contains(&format!("{port}/open/")));
        ensure!(found, "nmap missed one of {open:?}");
        peer.push(took.wall_s);
        peer_cpu.push(took.cpu_s);
    }
    let lower = Better::Lower;
    Ok(vec![
        Measured::new("ports.vs_nmap", "s", lower, &mut ours, &mut peer),
        Measured::new(
            "ports.cpu_vs_nmap",
            "CPU s",
            lower,
            &mut ours_cpu,
            &mut peer_cpu,
        ),
    ])
}

/// Whether a port list such as `22,80-90` names every port.
pub(super) fn covers(list: &str, ports: &[u16]) -> bool {
    ports.iter().all(|port| {
        list.split(',').any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let bound = |text: &str| text.trim().parse::<u16>().ok();
            bound(first).is_some_and(|first| first <= *port)
                && bound(last).is_some_and(|last| *port <= last)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_port_list_covers_what_it_names() {
        assert!(covers("22,80-90", &[22, 80, 85, 90]));
        assert!(!covers("22,80-90", &[91]));
        assert!(!covers("", &[1]));
    }
}
