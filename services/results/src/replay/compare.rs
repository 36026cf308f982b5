//! What of an exposure a replay must meet again.
use std::collections::BTreeMap;

use wt_diff::Observed;
use wt_exposure::{ExposureKey, InconclusiveReason};
use wt_pg::TenantTx;

use crate::{error::ResultsFault, store};

/// Every observed column but the attributes, which the fingerprint stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    state: String,
    severity: String,
    title: String,
    check_digest: String,
    fingerprint: [u8; 32],
    opened_strength: u8,
    seq: i64,
    gone_seq: Option<i64>,
    unresponsive_reason: Option<&'static str>,
}

impl From<&Observed> for Standing {
    fn from(observed: &Observed) -> Self {
        Self {
            state: observed.state.to_string(),
            severity: observed.severity.to_string(),
            title: observed.title.clone(),
            check_digest: observed.check.digest.clone(),
            fingerprint: *observed.fingerprint.as_bytes(),
            opened_strength: observed.opened_strength,
            seq: observed.seq,
            gone_seq: observed.gone_seq,
            unresponsive_reason: observed.unresponsive_reason.map(InconclusiveReason::as_str),
        }
    }
}

/// How every exposure of the organization stands.
pub(super) async fn standings(
    tx: &mut TenantTx,
) -> Result<BTreeMap<String, Standing>, ResultsFault> {
    let stored = store::exposure::list_all(tx).await?;
    let rows = stored.iter();
    Ok(rows
        .map(|observed| (observed.key.to_string(), observed.into()))
        .collect())
}

/// Keys of exposures that stand differently, or only on one side.
pub(super) fn differing(
    rebuilt: &BTreeMap<ExposureKey, Observed>,
    live: &BTreeMap<String, Standing>,
) -> Vec<String> {
    let differs = rebuilt.iter().filter(|(key, observed)| {
        live.get(key.as_str())
            .is_none_or(|standing| *standing != Standing::from(*observed))
    });
    let mut keys: Vec<String> = differs.map(|(key, _)| key.to_string()).collect();
    let unknown = live.keys().filter(|key| {
        key.parse::<ExposureKey>()
            .map_or(true, |key| !rebuilt.contains_key(&key))
    });
    keys.extend(unknown.cloned());
    keys
}
