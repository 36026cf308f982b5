//! A sweep of 256 hosts that are silent on 97 of 100 ports, beside nmap's connect scan.
//!
//! Silence needs no firewall: the kernel drops the SYN of a connection for which a listener has no
//! room. One listener on a port of the loopback device, bound to no address, is full for every
//! address of 127.0.0.0/8 at once.
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use anyhow::{Context, Result, ensure};
use socket2::{Domain, Socket, Type};

use super::measure::{Better, Measured, take};
use crate::workspace::{Workspace, output};

/// Rounds in turns; nmap takes some ten seconds for each.
const ROUNDS: usize = 3;
/// The hosts, as a network.
const HOSTS: &str = "127.64.0.0/24";
/// How many there are.
const HOST_COUNT: u64 = 256;
/// Ports of each host.
const PORTS: usize = 100;
/// Ports that answer, open on one host and closed on all others.
const ANSWERING: usize = 3;
/// The one host that has them open: a sweep that misses one does not count.
const OPEN_HOST: Ipv4Addr = Ipv4Addr::new(127, 64, 0, 97);
/// Patience with silence.
const PATIENCE_MS: &str = "1000";
/// Sockets in flight: what finds everything in the least time within common limits.
const IN_FLIGHT: &str = "16000";

/// Listeners that have no room, and what fills them.
struct Silence {
    ports: Vec<u16>,
    _full: Vec<(Socket, TcpStream)>,
}

impl Silence {
    /// Takes ports of nmap's hundred that nobody uses on this machine, as many as are wanted.
    fn over(candidates: &[u16], wanted: usize) -> Result<Self> {
        let (mut ports, mut full) = (Vec::new(), Vec::new());
        for port in candidates {
            if ports.len() == wanted {
                break;
            }
            if let Ok(pair) = full_listener(*port) {
                ports.push(*port);
                full.push(pair);
            }
        }
        ensure!(
            ports.len() == wanted,
            "only {} of {wanted} ports can be made silent: binding them needs the right to use \
             ports below 1024, and nobody else on them",
            ports.len()
        );
        Ok(Self { ports, _full: full })
    }
}

/// A listener of the loopback device whose queue of one is taken.
fn full_listener(port: u16) -> Result<(Socket, TcpStream)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind_device(Some(b"lo"))?;
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    socket.bind(&any.into())?;
    socket.listen(0)?;
    let queued = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    Ok((socket, queued))
}

/// nmap's most common TCP ports, from its own table.
fn top_ports(workspace: &Workspace) -> Result<Vec<u16>> {
    let said = output(workspace.command("nmap").args([
        "-sT",
        "-n",
        "-v",
        "--top-ports",
        "200",
        "-oG",
        "-",
        "127.0.0.1",
    ]))?;
    let list = said
        .split("TCP(")
        .nth(1)
        .and_then(|rest| rest.split(';').nth(1))
        .and_then(|rest| rest.split(')').next())
        .context("nmap names no ports")?;
    let mut ports = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u16, u16) = (first.trim().parse()?, last.trim().parse()?);
        ports.extend(first..=last);
    }
    Ok(ports)
}

/// Measures wall clock.
pub(super) fn measure(workspace: &Workspace) -> Result<Vec<Measured>> {
    let candidates = top_ports(workspace)?;
    let listeners: Vec<TcpListener> = (0..ANSWERING)
        .map(|_| TcpListener::bind((OPEN_HOST, 0)))
        .collect::<Result<_, _>>()?;
    let open: Vec<u16> = listeners
        .iter()
        .map(|listener| Ok(listener.local_addr()?.port()))
        .collect::<Result<_>>()?;
    let silence = Silence::over(&candidates, PORTS - ANSWERING)?;
    let ports = silence
        .ports
        .iter()
        .chain(&open)
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(",");
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let took = take(
            workspace
                .command(workspace.target("release/watchtower-engine"))
                .args(["ports", "--target", HOSTS, "--ports", &ports])
                .args(["--patience-ms", PATIENCE_MS, "--in-flight", IN_FLIGHT])
                .args(["--allow-network", "127.0.0.0/8"]),
        )?;
        judge_ours(&took.said, &open)?;
        ours.push(took.wall_s);
        let took = take(workspace.command("nmap").args([
            "-sT",
            "-T5",
            "-n",
            "-Pn",
            "--max-retries",
            "0",
            "--initial-rtt-timeout",
            "1000ms",
            "--max-rtt-timeout",
            "1000ms",
            "-p",
            &ports,
            "-oG",
            "-",
            HOSTS,
        ]))?;
        let found = open
            .iter()
            .all(|port| took.said.contains(&format!("{port}/open/")));
        ensure!(found, "nmap missed one of {open:?}");
        peer.push(took.wall_s);
    }
    Ok(vec![Measured::new(
        "ports.silent_vs_nmap",
        "s",
        Better::Lower,
        &mut ours,
        &mut peer,
    )])
}

/// Everything silent was seen as silent, and everything open as open.
fn judge_ours(said: &str, open: &[u16]) -> Result<()> {
    let (mut silent, mut found) = (0, 0);
    for line in said.lines() {
        let one: serde_json::Value = serde_json::from_str(line)?;
        silent += one["silent_count"].as_u64().unwrap_or_default();
        found += one["open_count"].as_u64().unwrap_or_default();
    }
    let expected = HOST_COUNT * u64::try_from(PORTS - ANSWERING)?;
    ensure!(
        silent == expected && found == u64::try_from(open.len())?,
        "{silent} of {expected} ports were silent and {found} of {} open",
        open.len()
    );
    Ok(())
}
