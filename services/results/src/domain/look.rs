//! How an unchanged exposure is known to have been seen without writing it.
//!
//! A host of which every open exposure was seen as it is known takes one note for all of them;
//! a host that was looked at in part (a verify run) takes one for each that was seen.
use std::collections::{BTreeMap, BTreeSet};

use wt_diff::{Applied, Observed};
use wt_exposure::ExposureKey;
use wt_model::{AssetId, ExposureState};

/// Where the notes go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    /// Hosts seen as they are known.
    pub(crate) full: Vec<(AssetId, String)>,
    /// Exposures seen on the other hosts.
    pub(crate) partial: Vec<ExposureKey>,
}

/// Decides by host. `priors` are the exposures before `applied`.
pub(crate) fn looks(priors: &BTreeMap<ExposureKey, Observed>, applied: &Applied) -> Looks {
    let unchanged: BTreeSet<&ExposureKey> = applied.unchanged.iter().collect();
    let written: BTreeSet<&ExposureKey> = applied.changes.iter().map(|c| &c.next.key).collect();
    let mut hosts: BTreeMap<(AssetId, &str), (Vec<&ExposureKey>, bool)> = BTreeMap::new();
    for (key, prior) in priors {
        if prior.state != ExposureState::Open || written.contains(key) {
            continue;
        }
        let host = (prior.subject.asset_id, prior.subject.host.as_str());
        let (seen, missed) = hosts.entry(host).or_default();
        if unchanged.contains(key) {
            seen.push(key);
        } else {
            *missed = true;
        }
    }
    let mut looks = Looks::default();
    for ((asset, host), (seen, missed)) in hosts {
        if missed {
            looks.partial.extend(seen.into_iter().cloned());
        } else {
            looks.full.push((asset, host.to_owned()));
        }
    }
    looks
}
