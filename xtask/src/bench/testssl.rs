//! Versions and suites of two TLS servers, beside testssl.sh.
use std::{fs, path::Path};

use anyhow::{Context, Result};

use super::{
    measure::{Better, Measured, take},
    tls::{Servers, Suites, agree, number, suites_of_ours},
};
use crate::workspace::Workspace;

/// One round: the peer takes some twenty seconds for each server.
const ROUNDS: usize = 1;
/// One server as OpenSSL makes it, one with everything it still has.
const HOSTS: u8 = 2;
/// Versions, as it names them in its ids.
const VERSIONS: [(&str, &str); 5] = [
    ("ssl3", "SSLv3"),
    ("tls1", "TLSv1.0"),
    ("tls1_1", "TLSv1.1"),
    ("tls1_2", "TLSv1.2"),
    ("tls1_3", "TLSv1.3"),
];

/// Measures wall clock, and that the answers agree.
pub(super) fn measure(
    workspace: &Workspace,
    folder: &Path,
    testssl: &Path,
) -> Result<Vec<Measured>> {
    let servers = Servers::start(workspace, folder, HOSTS)?;
    let file = folder.join("testssl.json");
    let (mut ours, mut peer) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let (mut ours_s, mut peer_s) = (0.0, 0.0);
        for (ip, port) in servers.places() {
            let took = take(
                workspace
                    .command(workspace.target("release/watchtower-engine"))
                    .args(["tls", "--target", &ip.to_string()])
                    .args(["--port", &port.to_string()])
                    .args(["--allow-network", "127.0.0.0/8"]),
            )?;
            ours_s += took.wall_s;
            let our_suites = suites_of_ours(&took.said)?;
            // It refuses to write over a file.
            if file.is_file() {
                fs::remove_file(&file)?;
            }
            let took = take(
                workspace
                    .command(testssl)
                    .args(["--quiet", "--color", "0", "--warnings", "off"])
                    .args(["--nodns", "none", "--protocols", "--cipher-per-proto"])
                    .arg("--jsonfile")
                    .arg(&file)
                    .arg(format!("{ip}:{port}")),
            )?;
            peer_s += took.wall_s;
            let theirs = suites_of_testssl(&fs::read_to_string(&file)?)?;
            agree("testssl.sh", &our_suites, &theirs).with_context(|| format!("{ip}:{port}"))?;
        }
        ours.push(ours_s);
        peer.push(peer_s);
    }
    Ok(vec![Measured::new(
        "tls.vs_testssl",
        "s",
        Better::Lower,
        &mut ours,
        &mut peer,
    )])
}

/// The suites among its findings: their ids are such as `cipher-tls1_2_xc030`.
fn suites_of_testssl(said: &str) -> Result<Suites> {
    let said: Vec<serde_json::Value> = serde_json::from_str(said)?;
    let mut all = Suites::new();
    for id in said.iter().filter_map(|finding| finding["id"].as_str()) {
        let Some((version, suite)) = id
            .strip_prefix("cipher-")
            .and_then(|rest| rest.rsplit_once("_x"))
        else {
            continue;
        };
        let version = VERSIONS.iter().find(|(theirs, _)| *theirs == version);
        if let (Some((_, version)), Some(suite)) = (version, number(suite)) {
            all.entry((*version).to_owned()).or_default().insert(suite);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::suites_of_testssl;

    #[test]
    fn suites_are_read_from_ids() {
        let said = r#"[{"id": "TLS1_2", "finding": "offered"},
            {"id": "cipher-tls1_2_xc030", "finding": "x"}, {"id": "cipher-tls1_3_x1302"},
            {"id": "cipher-tls1_x35"}, {"id": "cipher_order-tls1_2"}]"#;
        let suites = suites_of_testssl(said).unwrap();
        let versions: Vec<_> = suites.iter().map(|(v, s)| (v.as_str(), s.len())).collect();
        assert_eq!(versions, [("TLSv1.0", 1), ("TLSv1.2", 1), ("TLSv1.3", 1)]);
        assert!(suites["TLSv1.2"].contains(&0xc030) && suites["TLSv1.0"].contains(&0x35));
    }
}
