//! From authorized assets to jobs: which hosts, which ports, which checks, in which shards.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use wt_exposure::{CheckRef, NAME_PORT, PortSet, cells_of_host};
use wt_model::{AssetId, AssetKind, HOSTS_PER_JOB_MAX, JOBS_PER_RUN_MAX};
use wt_scope::Network;

use crate::error::ScanFault;

/// Most host × port pairs of one job: a deep scan takes few hosts a job, so that a job stays
/// under five minutes.
const PORTS_PER_JOB_MAX: u64 = 262_140;

/// An asset that may be scanned now.
#[derive(Debug, Clone)]
pub(crate) struct AuthorizedAsset {
    pub(crate) id: AssetId,
    pub(crate) kind: AssetKind,
    pub(crate) value: String,
    pub(crate) authorization_id: String,
    /// When it may no longer be scanned, where its windows say so.
    pub(crate) until: Option<OffsetDateTime>,
}

/// A cell that is open now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownCell {
    pub(crate) asset_id: AssetId,
    pub(crate) host: String,
    pub(crate) transport: String,
    pub(crate) port: u16,
    pub(crate) check_id: String,
}

/// One host of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) asset_id: AssetId,
    pub(crate) host: String,
    pub(crate) ports: PortSet,
}

/// One shard of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct JobPlan {
    pub(crate) targets: Vec<Target>,
    pub(crate) hosts: BTreeSet<String>,
    pub(crate) networks: BTreeSet<String>,
    pub(crate) ports: PortSet,
    /// Which proof each asset rests on.
    pub(crate) rests_on: BTreeMap<AssetId, String>,
    pub(crate) known: Vec<KnownCell>,
    pub(crate) checks: Vec<CheckRef>,
    pub(crate) cells: u64,
    /// When the first of its assets may no longer be scanned.
    pub(crate) until: Option<OffsetDateTime>,
}

/// Plans a run over whole assets: every port × every check of ports of each host, and the checks
/// of each name.
pub(crate) fn plan_assets(
    assets: &[AuthorizedAsset],
    ports: &PortSet,
    checks: &[CheckRef],
    known: &[KnownCell],
) -> Result<Vec<JobPlan>, ScanFault> {
    if ports.is_empty() || ports.contains(0) {
        return Err(ScanFault::field(
            "ports",
            "at least one port, from 1 to 65535",
        ));
    }
    let hosts_per_job = usize::try_from(PORTS_PER_JOB_MAX / ports.len())
        .unwrap_or(HOSTS_PER_JOB_MAX)
        .clamp(1, HOSTS_PER_JOB_MAX);
    let mut jobs: Vec<JobPlan> = Vec::new();
    let mut current = JobPlan::default();
    for asset in assets {
        for host in hosts(asset)? {
            if current.targets.len() == hosts_per_job {
                jobs.push(std::mem::take(&mut current));
                if jobs.len() >= JOBS_PER_RUN_MAX {
                    return Err(ScanFault::TooLarge {
                        jobs_max: JOBS_PER_RUN_MAX,
                    });
                }
            }
            add(&mut current, asset, host, ports.clone());
        }
    }
    if !current.targets.is_empty() {
        jobs.push(current);
    }
    for job in &mut jobs {
        job.ports = ports.clone();
        job.checks = checks.to_vec();
        job.cells = job.targets.iter().fold(0, |cells, target| {
            let ids = checks.iter().map(|check| check.id.as_str());
            cells.saturating_add(cells_of_host(&target.host, ports.len(), ids))
        });
        job.known = known
            .iter()
            .filter(|cell| {
                job.targets
                    .iter()
                    .any(|target| target.asset_id == cell.asset_id && target.host == cell.host)
            })
            .cloned()
            .collect();
    }
    Ok(jobs)
}

/// Cells whose check is not among those that are run: withdrawn from the catalogue, or more than
/// the policy allows. The engine plans none of them, so neither is a job for them.
pub(crate) fn without_check<'a>(cells: &'a [KnownCell], checks: &[CheckRef]) -> Vec<&'a KnownCell> {
    let is_run = |cell: &KnownCell| checks.iter().any(|check| check.id == cell.check_id);
    cells.iter().filter(|cell| !is_run(cell)).collect()
}

/// Plans a verify run: exactly the cells given whose check is run, on assets that may be scanned.
pub(crate) fn plan_cells(
    assets: &[AuthorizedAsset],
    cells: &[KnownCell],
    catalogue: &[CheckRef],
) -> Vec<JobPlan> {
    let mut by_asset: BTreeMap<AssetId, Vec<KnownCell>> = BTreeMap::new();
    let is_run = |cell: &&KnownCell| catalogue.iter().any(|check| check.id == cell.check_id);
    for cell in cells.iter().filter(is_run) {
        let of_asset = by_asset.entry(cell.asset_id).or_default();
        // Two exposures of one check on one subject are one cell.
        if !of_asset.contains(cell) {
            of_asset.push(cell.clone());
        }
    }
    let mut jobs = Vec::new();
    for asset in assets {
        let mut job = JobPlan::default();
        for cell in by_asset.remove(&asset.id).unwrap_or_default() {
            let is_new = job.targets.iter().all(|target| target.host != cell.host);
            if is_new && job.targets.len() == HOSTS_PER_JOB_MAX {
                job.cells = count(job.known.len());
                jobs.push(std::mem::take(&mut job));
            }
            let there = job
                .targets
                .iter_mut()
                .find(|target| target.host == cell.host);
            // A cell of the name itself opens no port.
            let port = Some(cell.port).filter(|port| *port != NAME_PORT);
            match there {
                Some(target) => target.ports = target.ports.iter().chain(port).collect(),
                None => add(
                    &mut job,
                    asset,
                    cell.host.clone(),
                    port.into_iter().collect(),
                ),
            }
            job.ports = job.ports.iter().chain(port).collect();
            if let Some(check) = catalogue.iter().find(|check| check.id == cell.check_id)
                && !job.checks.contains(check)
            {
                job.checks.push(check.clone());
            }
            job.known.push(cell);
        }
        job.cells = count(job.known.len());
        if !job.known.is_empty() {
            jobs.push(job);
        }
    }
    jobs
}

fn add(job: &mut JobPlan, asset: &AuthorizedAsset, host: String, ports: PortSet) {
    match asset.kind {
        AssetKind::Domain => job.hosts.insert(host.clone()),
        AssetKind::Ip | AssetKind::Cidr => job.networks.insert(host.clone()),
    };
    job.rests_on
        .insert(asset.id, asset.authorization_id.clone());
    job.until = job.until.into_iter().chain(asset.until).min();
    job.targets.push(Target {
        asset_id: asset.id,
        host,
        ports,
    });
}

fn hosts(asset: &AuthorizedAsset) -> Result<Vec<String>, ScanFault> {
    if asset.kind == AssetKind::Domain {
        return Ok(vec![asset.value.clone()]);
    }
    let network = Network::parse(&asset.value).map_err(|_| ScanFault::Inconsistent {
        place: format!("value of asset {}", asset.id),
    })?;
    let most = HOSTS_PER_JOB_MAX * JOBS_PER_RUN_MAX;
    if network.address_count() > u128::try_from(most).unwrap_or(u128::MAX) {
        return Err(ScanFault::TooLarge {
            jobs_max: JOBS_PER_RUN_MAX,
        });
    }
    Ok(network
        .addresses()
        .map(|address| address.to_string())
        .collect())
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use wt_engine::{JobLimits, JobSpec, TargetSpec, cells};
    use wt_exposure::CheckRef;
    use wt_model::{AssetKind, Policy};

    use super::{AuthorizedAsset, JobPlan, KnownCell, plan_assets, plan_cells, without_check};

    /// What the engine counts for a job planned here.
    fn engine_cells(job: &JobPlan, only_known: bool) -> u64 {
        let spec = JobSpec {
            targets: job
                .targets
                .iter()
                .map(|target| TargetSpec {
                    asset_id: target.asset_id,
                    host: target.host.clone(),
                    ports: target.ports.clone(),
                })
                .collect(),
            checks: job.checks.clone(),
            scope: wt_scope::Scope::default(),
            limits: JobLimits::default(),
            known: job
                .known
                .iter()
                .map(|cell| wt_engine::KnownCell {
                    asset_id: cell.asset_id,
                    host: cell.host.clone(),
                    port: cell.port,
                    check_id: cell.check_id.clone(),
                })
                .collect(),
            only_known,
            strength: 1,
            policy: Policy::Safe,
            tools: [].into(),
        };
        cells::plan(&spec).cells()
    }

    #[test]
    fn the_engine_counts_the_same_cells() {
        let known = [
            cell("192.0.2.1", 80, "http.git_config"),
            cell("192.0.2.1", 80, "http.git_config"),
            cell("192.0.2.1", 22, "port.open"),
            cell("192.0.2.2", 22, "withdrawn"),
            cell("192.0.2.1", 443, "withdrawn"),
        ];
        let network = asset(AssetKind::Cidr, "192.0.2.0/30");
        let jobs = plan_cells(std::slice::from_ref(&network), &known, &checks());
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].cells, engine_cells(&jobs[0], true));
        assert_eq!(jobs[0].cells, 2);
        assert_eq!(
            jobs[0].ports.to_string(),
            "22,80",
            "nothing else is touched"
        );
        assert!(
            jobs[0]
                .targets
                .iter()
                .all(|target| target.host == "192.0.2.1")
        );
        assert_eq!(without_check(&known, &checks()).len(), 2);
        assert!(plan_cells(std::slice::from_ref(&network), &known[3..], &checks()).is_empty());
        for job in plan_assets(&[network], &"22,80".parse().unwrap(), &checks(), &known).unwrap() {
            assert_eq!(job.cells, engine_cells(&job, false));
        }
    }

    fn asset(kind: AssetKind, value: &str) -> AuthorizedAsset {
        AuthorizedAsset {
            id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            kind,
            value: value.to_owned(),
            authorization_id: "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            until: None,
        }
    }

    #[test]
    fn a_job_ends_with_the_first_window_of_its_assets() {
        let soon = time::macros::datetime!(2026-11-21 12:00 UTC);
        let until = |until, value| AuthorizedAsset {
            until,
            ..asset(AssetKind::Ip, value)
        };
        let assets = [
            until(Some(soon + time::Duration::HOUR), "192.0.2.1"),
            until(None, "192.0.2.2"),
            until(Some(soon), "192.0.2.3"),
        ];
        let jobs = plan_assets(&assets, &"80".parse().unwrap(), &checks(), &[]).unwrap();
        assert_eq!(jobs[0].until, Some(soon));
        let jobs = plan_assets(&assets[1..2], &"80".parse().unwrap(), &checks(), &[]).unwrap();
        assert_eq!(jobs[0].until, None);
        let known = [cell("192.0.2.1", 80, "port.open")];
        let jobs = plan_cells(&assets[..1], &known, &checks());
        assert_eq!(jobs[0].until, Some(soon + time::Duration::HOUR));
    }

    fn checks() -> Vec<CheckRef> {
        ["http.git_config", "port.open"]
            .map(|id| CheckRef {
                id: id.to_owned(),
                digest: "d".to_owned(),
            })
            .to_vec()
    }

    fn cell(host: &str, port: u16, check: &str) -> KnownCell {
        KnownCell {
            asset_id: asset(AssetKind::Ip, "192.0.2.1").id,
            host: host.to_owned(),
            transport: "tcp".to_owned(),
            port,
            check_id: check.to_owned(),
        }
    }

    #[test]
    fn a_network_becomes_shards_that_hold_every_host_once() {
        let network = asset(AssetKind::Cidr, "192.0.2.0/24");
        let ports = "22,80".parse().unwrap();
        let jobs = plan_assets(&[network], &ports, &checks(), &[]).unwrap();
        assert_eq!(jobs.len(), 4);
        let mut hosts: Vec<_> = jobs
            .iter()
            .flat_map(|job| job.targets.iter().map(|t| t.host.clone()))
            .collect();
        hosts.sort();
        hosts.dedup();
        assert_eq!(hosts.len(), 256);
        assert_eq!(jobs.iter().map(|job| job.cells).sum::<u64>(), 256 * 2 * 2);
    }

    #[test]
    fn the_engine_counts_the_same_cells_of_names() {
        let checks = ["dns.caa.missing", "dns.spf.missing", "port.open"].map(|id| CheckRef {
            id: id.to_owned(),
            digest: "d".to_owned(),
        });
        let name = asset(AssetKind::Domain, "shop.example.com");
        let address = asset(AssetKind::Ip, "192.0.2.1");
        let ports = "22,80".parse().unwrap();
        let jobs = plan_assets(&[name.clone(), address], &ports, &checks, &[]).unwrap();
        assert_eq!(
            jobs[0].cells,
            2 + 2 + 2,
            "two ports twice, and two of the name"
        );
        assert_eq!(jobs[0].cells, engine_cells(&jobs[0], false));

        let of_name = cell("shop.example.com", 0, "dns.caa.missing");
        let jobs = plan_cells(&[name], &[of_name], &checks);
        assert_eq!((jobs.len(), jobs[0].cells), (1, 1));
        assert!(jobs[0].ports.is_empty(), "no port is touched");
        assert_eq!(jobs[0].cells, engine_cells(&jobs[0], true));
    }

    #[test]
    fn every_target_is_inside_its_own_jobs_scope() {
        let ports = "80".parse().unwrap();
        let assets = [
            asset(AssetKind::Domain, "shop.example.com"),
            asset(AssetKind::Ip, "192.0.2.1"),
            asset(AssetKind::Cidr, "198.51.100.0/30"),
        ];
        for job in plan_assets(&assets, &ports, &checks(), &[]).unwrap() {
            let hosts: Vec<String> = job.hosts.iter().cloned().collect();
            let networks: Vec<String> = job.networks.iter().cloned().collect();
            let scope =
                wt_scope::Scope::parse(&hosts, &networks, &job.ports.to_string(), &[]).unwrap();
            for target in &job.targets {
                assert!(
                    scope.permits_target(&target.host).is_ok(),
                    "{}",
                    target.host
                );
            }
        }
    }

    #[test]
    fn a_deep_scan_takes_few_hosts_a_job() {
        let network = asset(AssetKind::Cidr, "192.0.2.0/28");
        let jobs = plan_assets(&[network], &"1-65535".parse().unwrap(), &checks(), &[]).unwrap();
        assert!(jobs.iter().all(|job| job.targets.len() <= 4));
    }

    #[test]
    fn a_verify_run_over_many_hosts_is_sharded_like_any_other() {
        let cells: Vec<_> = (0..100)
            .map(|n| cell(&format!("192.0.2.{n}"), 80, "http.git_config"))
            .collect();
        let jobs = plan_cells(&[asset(AssetKind::Cidr, "192.0.2.0/24")], &cells, &checks());
        assert_eq!(jobs.len(), 2);
        assert_eq!(jobs.iter().map(|job| job.cells).sum::<u64>(), 100);
    }

    #[test]
    fn a_verify_run_plans_the_given_cells_and_nothing_else() {
        let cells = [
            cell("192.0.2.1", 80, "http.git_config"),
            cell("192.0.2.1", 80, "http.git_config"),
            cell("192.0.2.1", 22, "port.open"),
        ];
        let jobs = plan_cells(&[asset(AssetKind::Ip, "192.0.2.1")], &cells, &checks());
        assert_eq!(jobs.len(), 1);
        assert_eq!(jobs[0].cells, 2);
        assert_eq!(jobs[0].ports.to_string(), "22,80");
    }
}
