//! Versions, suites and chain of sixteen TLS servers, beside sslscan.
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use wt_targets::{CertificateSpec, make_certificate};

use super::measure::{Better, Measured, take};
use crate::workspace::Workspace;

/// Rounds in turns; the median of each counts.
const ROUNDS: usize = 3;
/// Servers.
const HOSTS: u8 = 16;
/// Longest wait for a server to come up.
const START_MAX: Duration = Duration::from_secs(20);
/// Half of the servers as OpenSSL makes them, half with everything it still has.
const ALL: [&str; 4] = ["-cipher", "ALL:@SECLEVEL=0", "-min_protocol", "TLSv1"];

/// Suites by version.
pub(super) type Suites = BTreeMap<String, BTreeSet<u16>>;

/// Servers of ours; they end when this is dropped.
pub(super) struct Servers(Vec<(Child, Ipv4Addr, u16)>);

impl Drop for Servers {
    fn drop(&mut self) {
        for (server, ..) in &mut self.0 {
            // It may have ended by itself.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

impl Servers {
    /// So many servers, every second one with all that OpenSSL still has.
    pub(super) fn start(workspace: &Workspace, folder: &Path, hosts: u8) -> Result<Self> {
        let (certificate, key) = make_certificate(&CertificateSpec::valid(&["bench.example"]))?;
        let (certificate_file, key_file) = (folder.join("tls.crt"), folder.join("tls.key"));
        std::fs::write(&certificate_file, certificate)?;
        std::fs::write(&key_file, key)?;
        let mut servers = Self(Vec::new());
        for number in 0..hosts {
            let ip = Ipv4Addr::new(127, 65, 0, number + 1);
            let port = TcpListener::bind((ip, 0))?.local_addr()?.port();
            let mut command = workspace.command("openssl");
            command
                .args([
                    "s_server",
                    "-quiet",
                    "-www",
                    "-accept",
                    &format!("{ip}:{port}"),
                ])
                .arg("-cert")
                .arg(&certificate_file)
                .arg("-key")
                .arg(&key_file)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if number % 2 == 1 {
                command.args(ALL);
            }
            servers.0.push((command.spawn()?, ip, port));
        }
        for (_, ip, port) in &servers.0 {
            let deadline = Instant::now() + START_MAX;
            while TcpStream::connect((*ip, *port)).is_err() {
                ensure!(
                    Instant::now() < deadline,
                    "openssl does not serve {ip}:{port}"
                );
                std::thread::yield_now();
            }
        }
        Ok(servers)
    }

    /// Where they are.
    pub(super) fn places(&self) -> impl Iterator<Item = (Ipv4Addr, u16)> + '_ {
        self.0.iter().map(|(_, ip, port)| (*ip, *port))
    }
}

/// Measures CPU, and that the answers agree.
pub(super) fn measure(workspace: &Workspace, folder: &Path) -> Result<Vec<Measured>> {
    let servers = Servers::start(workspace, folder, HOSTS)?;
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (mut ours_cpu, mut peer_cpu) = (0.0, 0.0);
        for (ip, port) in servers.places() {
            let took = take(
                workspace
                    .command(workspace.target("release/watchtower-engine"))
                    .args([
                        "tls",
                        "--target",
                        &ip.to_string(),
                        "--port",
                        &port.to_string(),
                    ])
                    .args(["--allow-network", "127.0.0.0/8"]),
            )?;
            ours_cpu += took.cpu_s;
            let our_suites = suites_of_ours(&took.said)?;
            let took = take(workspace.command("sslscan").args([
                "--no-fallback",
                "--no-heartbleed",
                "--no-renegotiation",
                "--no-compression",
                "--no-groups",
                "--no-colour",
                "--no-cipher-details",
                "--xml=-",
                &format!("{ip}:{port}"),
            ]))?;
            peer_cpu += took.cpu_s;
            agree("sslscan", &our_suites, &suites_of_sslscan(&took.said)?)
                .with_context(|| format!("{ip}:{port}"))?;
        }
        ours.push(ours_cpu);
        peer.push(peer_cpu);
    }
    Ok(vec![Measured::new(
        "tls.cpu_vs_sslscan",
        "CPU s",
        Better::Lower,
        &mut ours,
        &mut peer,
    )])
}

/// Everything the peer saw, we saw; it cannot offer all we can.
pub(super) fn agree(name: &str, ours: &Suites, peer: &Suites) -> Result<()> {
    let none = BTreeSet::new();
    for (version, suites) in peer {
        let missed: Vec<_> = suites
            .difference(ours.get(version).unwrap_or(&none))
            .map(|suite| format!("0x{suite:04x}"))
            .collect();
        if !missed.is_empty() {
            bail!("{version}: {name} saw {missed:?}, and we did not");
        }
    }
    ensure!(
        peer.values().any(|suites| !suites.is_empty()),
        "{name} saw nothing"
    );
    Ok(())
}

/// What the engine printed.
pub(super) fn suites_of_ours(said: &str) -> Result<Suites> {
    let said: serde_json::Value = serde_json::from_str(said)?;
    let versions = said["suites"]
        .as_object()
        .context("the engine names no suites")?;
    Ok(versions
        .iter()
        .map(|(version, suites)| {
            let suites = suites.as_array().into_iter().flatten();
            let numbers = suites.filter_map(|suite| number(suite.as_str()?));
            (version.clone(), numbers.collect())
        })
        .collect())
}

/// The accepted ones among `<cipher status=… sslversion=… id=…>`.
fn suites_of_sslscan(said: &str) -> Result<Suites> {
    let mut all = Suites::new();
    for element in said.split("<cipher ").skip(1) {
        let field = |name: &str| {
            let start = element.find(&format!("{name}=\""))? + name.len() + 2;
            element.get(start..)?.split('"').next()
        };
        let (version, id) = (field("sslversion"), field("id").and_then(number));
        let (version, id) = version.zip(id).context("a cipher without version or id")?;
        all.entry(version.to_owned()).or_default().insert(id);
    }
    Ok(all)
}

/// A suite's number in hexadecimal, with or without `0x`.
pub(super) fn number(text: &str) -> Option<u16> {
    u16::from_str_radix(text.strip_prefix("0x").unwrap_or(text), 16).ok()
}

#[cfg(test)]
mod tests {
    use super::{agree, suites_of_ours, suites_of_sslscan};

    const PEER: &str = r#"<ssltest host="x"><cipher status="preferred" sslversion="TLSv1.3" bits="128" cipher="TLS_AES_128_GCM_SHA256" id="0x1301" strength="strong" />
        <cipher status="accepted" sslversion="TLSv1.2" bits="256" cipher="ECDHE" id="0xC030" /></ssltest>"#;

    #[test]
    fn a_suite_that_only_the_peer_saw_is_a_disagreement() {
        let peer = suites_of_sslscan(PEER).unwrap();
        let ours = |text| suites_of_ours(text).unwrap();
        let same = ours(r#"{"suites": {"TLSv1.3": ["0x1301"], "TLSv1.2": ["0xc030", "0xc02f"]}}"#);
        agree("x", &same, &peer).unwrap();
        let less = ours(r#"{"suites": {"TLSv1.3": [], "TLSv1.2": ["0xc030"]}}"#);
        assert!(
            agree("x", &less, &peer)
                .unwrap_err()
                .to_string()
                .contains("0x1301")
        );
        assert!(agree("x", &same, &suites_of_sslscan("").unwrap()).is_err());
    }
}
