//! How long a large report and the check of a packet take, beside the limits they have to keep.
use std::{fs, path::Path};

use anyhow::Result;
use serde::Deserialize;
use serde_json::json;
use wt_envelope::SigningKey;
use wt_ledger::{Inclusion, KeyChain, TreeHead, canonical_json, leaf_hash, seal_packet};
use wt_model::TenantKey;

use super::measure::{Better, Measured, take};
use crate::workspace::{Workspace, output};

/// Longest a report of 10,000 exposures may take, seconds (issue 5).
const PDF_S_MAX: f64 = 10.0;
/// Most memory it may take, MiB (issue 5).
const PDF_MB_MAX: f64 = 300.0;
/// Longest the check of a packet may take, milliseconds, program start included (contracts §7).
const VERIFY_MS_MAX: f64 = 100.0;
/// Bytes of response in the packet that is checked: what is kept of a response at most, twice.
const RESPONSE_BYTES: usize = 128 << 10;
/// Checks of the packet.
const ROUNDS: usize = 21;

/// What `wt-report-bench` prints.
#[derive(Deserialize)]
struct Taken {
    pdf_s: f64,
    peak_mb: f64,
}

pub(super) fn measure(workspace: &Workspace, folder: &Path) -> Result<Vec<Measured>> {
    let release = workspace.target("release");
    let said = output(&mut workspace.command(release.join("wt-report-bench")))?;
    let taken: Taken = serde_json::from_str(&said)?;
    let (packet, key) = (folder.join("packet.json"), folder.join("ledger.pem"));
    write_packet(&packet, &key)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut verify = workspace.command(release.join("watchtower"));
        let verify = verify
            .arg("verify-packet")
            .arg(&packet)
            .arg("--key")
            .arg(&key);
        rounds.push(take(verify)?.wall_s * 1_000.0);
    }
    let lower = |name, unit, ours: &mut [f64], limit| {
        Measured::new(name, unit, Better::Lower, ours, &mut [limit])
    };
    Ok(vec![
        lower("report.pdf_10k_s", "s", &mut [taken.pdf_s], PDF_S_MAX),
        lower("report.pdf_10k_mb", "MiB", &mut [taken.peak_mb], PDF_MB_MAX),
        lower("packet.verify_ms", "ms", &mut rounds, VERIFY_MS_MAX),
    ])
}

/// The packet of the only leaf of a ledger, with evidence as large as it gets, and its key.
fn write_packet(packet: &Path, key: &Path) -> Result<()> {
    let organization: TenantKey = "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse()?;
    let signing = SigningKey::from_seed(&[7; 32])?;
    let body = json!({
        "tenant_key": organization,
        "ledger_index": 0,
        "verdict": "FIXED",
        "before": { "evidence": { "response": "QUFB".repeat(RESPONSE_BYTES / 3) } },
        "after": { "evidence": { "response": "QkJC".repeat(RESPONSE_BYTES / 3) } },
    });
    let head = TreeHead {
        tenant_key: organization,
        tree_size: 1,
        root_hash: leaf_hash(&canonical_json(&body)),
        at: "2026-11-21T06:09:00Z".to_owned(),
    };
    let proof = Inclusion {
        leaf_index: 0,
        path: Vec::new(),
    };
    fs::write(
        packet,
        seal_packet(body, proof, head.sign(&signing), &KeyChain::default()),
    )?;
    fs::write(key, signing.public().to_spki_pem())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use wt_envelope::VerifyingKey;

    #[test]
    fn the_packet_that_is_checked_is_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let (packet, key) = (folder.path().join("p"), folder.path().join("k"));
        super::write_packet(&packet, &key).unwrap();
        let key = VerifyingKey::from_spki_pem(&fs::read_to_string(key).unwrap()).unwrap();
        let packet = fs::read(packet).unwrap();
        assert!(wt_ledger::verify_packet(&packet, &key, None).is_ok());
        assert!(packet.len() > super::RESPONSE_BYTES);
    }
}
