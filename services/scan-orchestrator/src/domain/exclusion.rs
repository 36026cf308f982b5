//! What an organization never wants scanned, taken out of what was planned.
//!
//! The signed jobs name it too, so that a worker opens no connection to it by another way: a name
//! that resolves to an excluded address, a redirect, a template.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};
use wt_exposure::PortSet;
use wt_model::AssetId;
use wt_scope::Exclusion;

use super::plan::{JobPlan, KnownCell, cells};

/// Most exclusions of an organization: every job names them all.
pub(crate) const EXCLUSIONS_MAX: usize = 200;
/// Longest text of one.
const WHAT_CHARS_MAX: usize = 300;
/// Longest reason.
pub(crate) const REASON_CHARS_MAX: usize = 200;

/// One exclusion in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExclusionWords {
    /// As [`Exclusion`] is written.
    pub(crate) what: String,
    /// Why; may be empty.
    pub(crate) reason: String,
}

/// Words that make no exclusion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub(crate) struct BadExclusion {
    /// Path of the field.
    pub(crate) field: String,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// What is never scanned, with the reasons people gave.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exclusions {
    all: Vec<(Exclusion, String)>,
}

/// What is left of a plan, and what was taken out.
#[derive(Debug, Default)]
pub(crate) struct Spared {
    pub(crate) jobs: Vec<JobPlan>,
    /// Assets of which nothing is left, with why.
    pub(crate) assets: BTreeMap<AssetId, String>,
}

impl Exclusions {
    /// Reads all exclusions, or says what is wrong with the first that is none.
    pub(crate) fn read(words: &[ExclusionWords]) -> Result<Self, BadExclusion> {
        let bad = |field: String, reason: String| BadExclusion { field, reason };
        if words.len() > EXCLUSIONS_MAX {
            let reason = format!("at most {EXCLUSIONS_MAX}");
            return Err(bad("exclusions".to_owned(), reason));
        }
        let mut all: Vec<(Exclusion, String)> = Vec::with_capacity(words.len());
        for (at, ExclusionWords { what, reason }) in words.iter().enumerate() {
            let place = |name: &str| format!("exclusions.{at}.{name}");
            if what.chars().count() > WHAT_CHARS_MAX {
                let says = format!("at most {WHAT_CHARS_MAX} characters");
                return Err(bad(place("what"), says));
            }
            let excluded: Exclusion = what
                .parse()
                .map_err(|refused| bad(place("what"), format!("{refused}")))?;
            if reason.chars().count() > REASON_CHARS_MAX || reason.chars().any(char::is_control) {
                let says = format!("at most {REASON_CHARS_MAX} printable characters");
                return Err(bad(place("reason"), says));
            }
            if all.iter().any(|(known, _)| *known == excluded) {
                return Err(bad(place("what"), format!("{excluded} is there already")));
            }
            all.push((excluded, reason.trim().to_owned()));
        }
        Ok(Self { all })
    }

    /// As jobs name them.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.all.iter().map(|(what, _)| what.to_string()).collect()
    }

    /// Takes out of `jobs` what is never scanned. `verifies`: their cells are those that are known,
    /// and no others.
    pub(crate) fn spare(&self, jobs: Vec<JobPlan>, verifies: bool) -> Spared {
        let ports = self.ports();
        let mut spared = Spared::default();
        for mut job in jobs.into_iter().filter(|job| job.cells > 0) {
            for target in &job.targets {
                let why = self.of_host(&target.host).or_else(|| {
                    let none_left = target.ports.is_subset(&ports);
                    none_left.then(|| "every port asked for is excluded from scans".to_owned())
                });
                spared.assets.extend(why.map(|why| (target.asset_id, why)));
            }
            self.take_out(&mut job, &ports, verifies);
            if job.cells > 0 {
                spared.jobs.push(job);
            }
        }
        let left = &spared.jobs;
        spared
            .assets
            .retain(|asset, _| left.iter().all(|job| !job.rests_on.contains_key(asset)));
        spared
    }

    fn take_out(&self, job: &mut JobPlan, ports: &PortSet, verifies: bool) {
        job.known.retain(|cell| self.of_cell(cell).is_none());
        let known = &job.known;
        job.targets.retain(|target| {
            let is_asked = !verifies || known.iter().any(|cell| cell.host == target.host);
            is_asked && self.of_host(&target.host).is_none()
        });
        for target in &mut job.targets {
            target.ports = target.ports.without(ports);
        }
        job.ports = job.ports.without(ports);
        let targets = &job.targets;
        let is_left = |host: &String| targets.iter().any(|target| target.host == *host);
        job.hosts.retain(is_left);
        job.networks.retain(is_left);
        job.rests_on
            .retain(|asset, _| targets.iter().any(|target| target.asset_id == *asset));
        job.cells = if verifies {
            u64::try_from(job.known.len()).unwrap_or(u64::MAX)
        } else {
            cells(job)
        };
    }

    /// Why a cell is not looked at, if it is not.
    pub(crate) fn of_cell(&self, cell: &KnownCell) -> Option<String> {
        self.of_host(&cell.host).or_else(|| {
            let of_port = |what: &Exclusion| match what {
                Exclusion::Ports(ports) => ports.contains(cell.port),
                _ => false,
            };
            let place = format!("port {} of {}", cell.port, cell.host);
            self.first(of_port, &place)
        })
    }

    /// Why a host, a name or an address, is not looked at, if it is not.
    fn of_host(&self, host: &str) -> Option<String> {
        let address: Option<IpAddr> = host.parse().ok();
        let of_host = |what: &Exclusion| match what {
            Exclusion::Host(name) => name.as_str() == host,
            Exclusion::Network(network) => address.is_some_and(|of| network.contains(of)),
            Exclusion::Ports(_) => false,
        };
        self.first(of_host, host)
    }

    fn first(&self, is: impl Fn(&Exclusion) -> bool, place: &str) -> Option<String> {
        let (_, reason) = self.all.iter().find(|(what, _)| is(what))?;
        let why = if reason.is_empty() { "" } else { ": " };
        Some(format!("{place} is excluded from scans{why}{reason}"))
    }

    fn ports(&self) -> PortSet {
        let ports = self.all.iter().filter_map(|(what, _)| match what {
            Exclusion::Ports(ports) => Some(ports.ranges().iter().copied()),
            _ => None,
        });
        ports.flatten().collect()
    }
}

#[cfg(test)]
mod tests;
