//! From a job to its cells: pure, so that planner, worker and verifier count the same.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{CheckRef, NAME_PORT, PortSet, is_name, looks_at_name};
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
    /// Cells of its ports.
    pub blocks: Vec<PlanBlock>,
    /// Checks of the name itself, ascending: one cell each. None of an address.
    pub of_name: Vec<CheckRef>,
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
        self.cells_of_ports()
            .saturating_add(count(self.of_name.len()))
    }

    /// How many of them are of ports.
    pub(crate) fn cells_of_ports(&self) -> u64 {
        self.blocks
            .iter()
            .map(|block| block.ports.len().saturating_mul(count(block.checks.len())))
            .sum()
    }

    /// The block a port belongs to.
    pub(crate) fn block_of(&self, port: u16) -> Option<&PlanBlock> {
        self.blocks.iter().find(|block| block.ports.contains(port))
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
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

/// Cells of ports, and checks of the name.
type OfHost = (Vec<PlanBlock>, Vec<CheckRef>);

/// The cells of a job. Ordinary jobs: every port × every check of ports of each target, and every
/// check of names of each name. Jobs that are `only_known`: exactly the known cells whose check
/// the job carries.
pub fn plan(job: &JobSpec) -> Plan {
    let checks: BTreeSet<CheckRef> = job.checks.iter().cloned().collect();
    let mut cells: BTreeMap<(AssetId, &str), OfHost> = BTreeMap::new();
    if job.only_known {
        for (host, blocks) in known_blocks(job, &checks) {
            cells.entry(host).or_default().0 = blocks;
        }
        for cell in job.known.iter().filter(|cell| cell.port == NAME_PORT) {
            let of_name = checks
                .iter()
                .filter(|check| check.id == cell.check_id && has_name_cell(&cell.host, check));
            cells
                .entry((cell.asset_id, &cell.host))
                .or_default()
                .1
                .extend(of_name.cloned());
        }
        cells.retain(|_, (blocks, of_name)| !blocks.is_empty() || !of_name.is_empty());
    } else {
        let (of_name, of_port): (Vec<CheckRef>, Vec<CheckRef>) = checks
            .into_iter()
            .partition(|check| looks_at_name(&check.id));
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
                checks: of_port.clone(),
            };
            // A job of names alone touches no port.
            let blocks = if of_port.is_empty() {
                Vec::new()
            } else {
                vec![block]
            };
            let of_name = of_name.iter().filter(|check| has_name_cell(host.1, check));
            cells.insert(host, (blocks, of_name.cloned().collect()));
        }
    }
    Plan {
        hosts: cells
            .into_iter()
            .map(|((asset_id, host), (blocks, of_name))| PlannedHost {
                asset_id,
                host: host.to_owned(),
                blocks,
                of_name,
            })
            .collect(),
    }
}

fn has_name_cell(host: &str, check: &CheckRef) -> bool {
    is_name(host) && looks_at_name(&check.id)
}

/// Ports that are asked the same checks.
type PortsByChecks = BTreeMap<Vec<CheckRef>, Vec<u16>>;
type Blocks<'a> = BTreeMap<(AssetId, &'a str), Vec<PlanBlock>>;

fn known_blocks<'a>(job: &'a JobSpec, checks: &BTreeSet<CheckRef>) -> Blocks<'a> {
    let mut by_port: BTreeMap<(AssetId, &str, u16), Vec<CheckRef>> = BTreeMap::new();
    for cell in job.known.iter().filter(|cell| cell.port != NAME_PORT) {
        let of_port = by_port
            .entry((cell.asset_id, &cell.host, cell.port))
            .or_default();
        let is_of_port = |c: &&CheckRef| c.id == cell.check_id && !looks_at_name(&c.id);
        of_port.extend(checks.iter().filter(is_of_port).cloned());
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
    use std::collections::BTreeSet;

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
            tools: BTreeSet::new(),
        }
    }

    #[test]
    fn overlapping_targets_and_repeated_checks_are_one_cell_each() {
        let planned = plan(&job());
        assert_eq!(planned.hosts.len(), 2);
        assert_eq!(planned.cells(), (4 + 1) * 2);
    }

    #[test]
    fn a_name_has_cells_of_its_own_and_an_address_has_none() {
        let mut job = job();
        job.targets[2].host = "192.0.2.1".to_owned();
        job.checks.push(CheckRef {
            id: "dns.caa.missing".to_owned(),
            digest: String::new(),
        });
        let planned = plan(&job);
        let of_name: Vec<usize> = planned.hosts.iter().map(|h| h.of_name.len()).collect();
        assert_eq!(of_name, [0, 1], "the address, the name");
        assert_eq!(planned.cells(), (4 + 1) * 2 + 1);
        assert!(!planned.hosts[1].ports().contains(0));

        job.only_known = true;
        job.known = [
            KnownCell {
                port: 0,
                check_id: "dns.caa.missing".to_owned(),
                ..job.known.first().unwrap().clone()
            },
            KnownCell {
                port: 80,
                check_id: "dns.caa.missing".to_owned(),
                ..job.known.first().unwrap().clone()
            },
        ]
        .into();
        let planned = plan(&job);
        assert_eq!((planned.cells(), planned.hosts[0].ports().len()), (1, 0));
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
