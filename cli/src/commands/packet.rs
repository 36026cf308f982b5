//! `packet get` and `verify-packet`.
use std::{fs::File, io::Read as _, path::Path};

use serde_json::json;
use wt_envelope::VerifyingKey;
use wt_ledger::{PACKET_BYTES_MAX, verify_packet};

use super::Work;
use crate::{
    args::{Format, Global, Packet, VerifyPacket},
    fault::CliFault,
    output::{object, print, safe},
};

impl Work {
    pub(super) async fn packet(&self, command: Packet) -> Result<(), CliFault> {
        let Packet::Get { key, file } = command;
        self.packet_of(&key, file.as_deref()).await
    }
}

/// Checks a packet with nothing but files: no network, no clock, no configuration.
pub(crate) fn verify(packet: &VerifyPacket, global: &Global) -> Result<(), CliFault> {
    let pem = read(&packet.key, 64 * 1024)?;
    let key = std::str::from_utf8(&pem)
        .ok()
        .and_then(|pem| VerifyingKey::from_spki_pem(pem).ok())
        .ok_or_else(|| {
            CliFault::Usage(format!(
                "{} is not a public key (SPKI PEM)",
                packet.key.display()
            ))
        })?;
    let bytes = read(&packet.file, PACKET_BYTES_MAX)?;
    let organization = global
        .org
        .as_deref()
        .map(|text| {
            text.parse()
                .map_err(|error| CliFault::Usage(format!("{error}")))
        })
        .transpose()?;
    let proof = verify_packet(&bytes, &key, organization).map_err(|fault| {
        CliFault::Unexpected(format!("NOT VALID: {}", safe(&fault.to_string())))
    })?;
    if global.format()? == Format::Table {
        print(&format!(
            "VALID: leaf {} of {} in the ledger of {}, signed at {}",
            proof.leaf_index,
            proof.tree_size,
            proof.tenant_key,
            safe(&proof.signed_at)
        ));
        return Ok(());
    }
    object(
        global,
        &json!({
            "valid": true, "tenant_key": proof.tenant_key, "leaf_index": proof.leaf_index,
            "tree_size": proof.tree_size, "signed_at": proof.signed_at, "body": proof.body,
        }),
    )
}

/// A file, one byte beyond the bound at most: then it is too large for what it claims to be.
fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliFault> {
    let trouble = |error| CliFault::Usage(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let bound = u64::try_from(bytes_max)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    File::open(path)
        .map_err(trouble)?
        .take(bound)
        .read_to_end(&mut bytes)
        .map_err(trouble)?;
    Ok(bytes)
}
