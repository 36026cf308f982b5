//! Which keys an offline check believes: one from a file, and those that lead from and to it.
use std::path::Path;

use serde::Deserialize;
use wt_envelope::VerifyingKey;
use wt_ledger::{KeyChain, Succession, Trust};
use wt_model::TenantKey;

use super::packet::{not_valid, read};
use crate::{args::Global, fault::CliFault};

/// Most bytes of a file of keys.
const KEYS_BYTES_MAX: usize = 256 * 1024;

/// What `watchtower ledger keys` prints, as far as it is needed: everything else follows from it.
#[derive(Deserialize)]
struct Keys {
    successions: Vec<Succession>,
}

/// The key of a file, with the successions of another where there is one.
pub(super) fn trust(key: &Path, keys: Option<&Path>) -> Result<Trust, CliFault> {
    let key = public_key(key)?;
    let Some(file) = keys else {
        return Ok(Trust::from(&key));
    };
    let Keys { successions } =
        serde_json::from_slice(&read(file, KEYS_BYTES_MAX)?).map_err(|_| {
            let name = file.display();
            CliFault::Usage(format!(
                "{name} is not what `watchtower ledger keys` prints"
            ))
        })?;
    KeyChain::verify(successions)
        .and_then(|chain| Trust::with(key, chain))
        .map_err(|fault| not_valid(&fault))
}

/// The public key in a file.
pub(super) fn public_key(file: &Path) -> Result<VerifyingKey, CliFault> {
    let pem = read(file, 64 * 1024)?;
    std::str::from_utf8(&pem)
        .ok()
        .and_then(|pem| VerifyingKey::from_spki_pem(pem).ok())
        .ok_or_else(|| {
            let name = file.display();
            CliFault::Usage(format!("{name} is not a public key (SPKI PEM)"))
        })
}

/// The organization that was asked for.
pub(super) fn organization(global: &Global) -> Result<Option<TenantKey>, CliFault> {
    let parse = |text: &str| {
        text.parse()
            .map_err(|error| CliFault::Usage(format!("{error}")))
    };
    global.org.as_deref().map(parse).transpose()
}
