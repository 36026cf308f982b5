//! From a job to its cells: pure, so that planner, worker and verifier count the same.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{CheckRef, PortSet};
use wt_model::AssetId;

use crate::JobSpec;

/// Ports × checks of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanBlock {
    /// Ports; disjoint from those of the host's other blocks.
    pub ports: PortSet,
    /// Checks, ascending.
    pub checks: Vec<CheckRef>,
}

/// The cells of one host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedHost {
    /// The asset.
    pub asset_id: AssetId,
    /// Canonical name or address.
    pub host: String,
    /// Cells.
    pub blocks: Vec<PlanBlock>,
}

impl PlannedHost {
    /// Every port of the host.
    pub fn ports(&self) -> PortSet {
        self.blocks
            .iter()
            .flat_map(|block| block.ports.ranges().iter().copied())
            .collect()
    }

    /// How many cells.
    pub fn cells(&self) -> u64 {
        self.blocks
            .iter()
            .map(|block| {
                block
                    .ports
                    .len()
                    .saturating_mul(u64::try_from(block.checks.len()).unwrap_or(u64::MAX))
            })
            .sum()
    }

    /// The block a port belongs to.
    pub(crate) fn block_of(&self, port: u16) -> Option<&PlanBlock> {
        self.blocks.iter().find(|block| block.ports.contains(port))
    }
}

/// All cells of a job; every one settles exactly once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Hosts, in order of asset and name, each once.
    pub hosts: Vec<PlannedHost>,
}

impl Plan {
    /// How many cells.
    pub fn cells(&self) -> u64 {
        self.hosts.iter().map(PlannedHost::cells).sum()
    }
}

/// The cells of a job. Ordinary jobs: every port × every check of each target. Jobs that are
/// `only_known`: exactly the known cells whose check the job carries.
pub fn plan(job: &JobSpec) -> Plan {
    let checks: BTreeSet<CheckRef> = job.checks.iter().cloned().collect();
    let mut cells: BTreeMap<(AssetId, &str), Vec<PlanBlock>> = BTreeMap::new();
    if job.only_known {
        for (host, blocks) in known_blocks(job, &checks) {
            cells.insert(host, blocks);
        }
    } else {
        let mut ports: BTreeMap<(AssetId, &str), Vec<(u16, u16)>> = BTreeMap::new();
        for target in &job.targets {
            ports
                .entry((target.asset_id, &target.host))
                .or_default()
                .extend(target.ports.ranges());
        }
        for (host, ranges) in ports {
            let block = PlanBlock {
                ports: ranges.into_iter().collect(),
                checks: checks.iter().cloned().collect(),
            };
            cells.insert(host, vec![block]);
        }
    }
    Plan {
        hosts: cells
            .into_iter()
            .map(|((asset_id, host), blocks)| PlannedHost {
                asset_id,
                host: host.to_owned(),
                blocks,
            })
            .collect(),
    }
}

/// Ports that are asked the same checks.
type PortsByChecks = BTreeMap<Vec<CheckRef>, Vec<u16>>;
type Blocks<'a> = BTreeMap<(AssetId, &'a str), Vec<PlanBlock>>;

fn known_blocks<'a>(job: &'a JobSpec, checks: &BTreeSet<CheckRef>) -> Blocks<'a> {
    let mut by_port: BTreeMap<(AssetId, &str, u16), Vec<CheckRef>> = BTreeMap::new();
    for cell in &job.known {
        let of_port = by_port
            .entry((cell.asset_id, &cell.host, cell.port))
            .or_default();
        of_port.extend(checks.iter().filter(|c| c.id == cell.check_id).cloned());
    }
    let mut by_checks: BTreeMap<(AssetId, &str), PortsByChecks> = BTreeMap::new();
    for ((asset, host, port), of_port) in by_port {
        if !of_port.is_empty() {
            by_checks
                .entry((asset, host))
                .or_default()
                .entry(of_port)
                .or_default()
                .push(port);
        }
    }
    by_checks
        .into_iter()
        .map(|(host, groups)| {
            let blocks = groups
                .into_iter()
                .map(|(checks, ports)| PlanBlock {
                    ports: ports.into_iter().collect(),
                    checks,
                })
                .collect();
            (host, blocks)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use wt_model::Policy;

    use super::plan;
    use crate::{JobLimits, JobSpec, KnownCell, TargetSpec};
    use wt_exposure::CheckRef;

    fn job() -> JobSpec {
        let asset_id = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap();
        let target = |host: &str, ports: &str| TargetSpec {
            asset_id,
            host: host.to_owned(),
            ports: ports.parse().unwrap(),
        };
        let check = |id: &str| CheckRef {
            id: id.to_owned(),
            digest: String::new(),
        };
        let known = |host: &str, port: u16, id: &str| KnownCell {
            asset_id,
            host: host.to_owned(),
            port,
            check_id: id.to_owned(),
        };
        JobSpec {
            targets: vec![
                target("a.example", "80,443"),
                target("a.example", "443-445"),
                target("b.example", "22"),
            ],
            checks: vec![
                check("port.open"),
                check("http.service"),
                check("port.open"),
            ],
            scope: wt_scope::Scope::default(),
            limits: JobLimits::default(),
            known: [
                known("a.example", 80, "port.open"),
                known("a.example", 80, "http.service"),
                known("a.example", 443, "http.service"),
                known("a.example", 444, "not asked for"),
            ]
            .into(),
            only_known: false,
            strength: 2,
            policy: Policy::Safe,
        }
    }

    #[test]
    fn overlapping_targets_and_repeated_checks_are_one_cell_each() {
        let planned = plan(&job());
        assert_eq!(planned.hosts.len(), 2);
        assert_eq!(planned.cells(), (4 + 1) * 2);
    }

    #[test]
    fn only_known_plans_the_known_cells_whose_check_the_job_carries() {
        let planned = plan(&JobSpec {
            only_known: true,
            ..job()
        });
        assert_eq!(planned.cells(), 3);
        assert_eq!(planned.hosts.len(), 1);
        assert_eq!(planned.hosts[0].ports().to_string(), "80,443");
    }
}
