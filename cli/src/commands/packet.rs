//! `packet get`, `verify-packet` and `verify-growth`.
use std::{fs::File, io::Read as _, path::Path};

use serde_json::json;
use wt_ledger::{CONSISTENCY_BYTES_MAX, LedgerFault, PACKET_BYTES_MAX, verify_packet};

use super::{
    Work,
    trust::{organization, trust},
};
use crate::{
    args::{Format, Global},
    args::{Offline, Packet},
    fault::CliFault,
    output::{object, print, safe},
};

impl Work {
    pub(super) async fn packet(&self, command: Packet) -> Result<(), CliFault> {
        let Packet::Get { key, format, file } = command;
        self.packet_of(&key, &format, file.as_deref()).await
    }
}

/// Checks a packet with nothing but files: no network, no clock, no configuration.
pub(crate) fn verify(packet: &Offline, global: &Global) -> Result<(), CliFault> {
    let (trust, organization) = (
        trust(&packet.key, packet.keys.as_deref())?,
        organization(global)?,
    );
    let bytes = read(&packet.file, PACKET_BYTES_MAX)?;
    let proof = verify_packet(&bytes, trust, organization).map_err(|fault| not_valid(&fault))?;
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

/// Checks a proof that a ledger only grew, with nothing but files.
pub(crate) fn verify_growth(growth: &Offline, global: &Global) -> Result<(), CliFault> {
    let (trust, organization) = (
        trust(&growth.key, growth.keys.as_deref())?,
        organization(global)?,
    );
    let bytes = read(&growth.file, CONSISTENCY_BYTES_MAX)?;
    let grown =
        wt_ledger::verify_growth(&bytes, trust, organization).map_err(|fault| not_valid(&fault))?;
    let ((from, from_at), (to, to_at)) = (grown.earlier, grown.later);
    if global.format()? == Format::Table {
        print(&format!(
            "VALID: the ledger of {} grew from {from} leaves ({}) to {to} ({}), and nothing \
             earlier was changed",
            grown.tenant_key,
            safe(&from_at),
            safe(&to_at),
        ));
        return Ok(());
    }
    object(
        global,
        &json!({
            "valid": true, "tenant_key": grown.tenant_key, "from_size": from,
            "from_signed_at": from_at, "to_size": to, "to_signed_at": to_at,
        }),
    )
}

pub(super) fn not_valid(fault: &LedgerFault) -> CliFault {
    CliFault::Unexpected(format!("NOT VALID: {}", safe(&fault.to_string())))
}

/// A file, one byte beyond the bound at most: then it is too large for what it claims to be.
pub(super) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, CliFault> {
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
