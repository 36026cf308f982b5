//! How an unchanged exposure is known to have been seen without writing it.
//!
//! A host of which every open exposure was seen as it is known takes one note for all of them;
//! a host that was looked at in part (a verify run) takes one for each that was seen.
use std::collections::{BTreeMap, BTreeSet};

use wt_diff::{Applied, Observed, Seen};
use wt_exposure::{ExposureKey, JobReport, Subject};
use wt_model::{AssetId, ExposureState};

/// Where the notes go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Looks {
    /// Hosts seen as they are known.
    pub(crate) full: Vec<(AssetId, String)>,
    /// Exposures seen on the other hosts.
    pub(crate) partial: Vec<ExposureKey>,
}

/// Decides by host. `priors` are the exposures before `applied`, but for those that `seen` knew
/// to be as they are known.
pub(crate) fn looks(
    priors: &BTreeMap<ExposureKey, Observed>,
    seen: &Seen,
    report: &JobReport,
    applied: &Applied,
) -> Looks {
    let unchanged: BTreeMap<&ExposureKey, &Subject> = applied
        .unchanged
        .iter()
        .filter_map(|index| {
            let subject = &report.observations.get(*index)?.subject;
            Some((seen.keys().get(*index)?, subject))
        })
        .collect();
    let written: BTreeSet<&ExposureKey> = applied.changes.iter().map(|c| &c.next.key).collect();
    let missed: BTreeSet<(AssetId, &str)> = priors
        .iter()
        .filter(|(key, prior)| {
            prior.state == ExposureState::Open
                && !written.contains(key)
                && !unchanged.contains_key(key)
        })
        .map(|(_, prior)| (prior.subject.asset_id, prior.subject.host.as_str()))
        .collect();
    let mut looks = Looks::default();
    let mut full: BTreeSet<(AssetId, &str)> = BTreeSet::new();
    for (key, subject) in unchanged {
        let host = (subject.asset_id, subject.host.as_str());
        if missed.contains(&host) {
            looks.partial.push(key.clone());
        } else {
            full.insert(host);
        }
    }
    looks.full = full
        .into_iter()
        .map(|(asset, host)| (asset, host.to_owned()))
        .collect();
    looks
}
