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
        complete(job, checks, known);
    }
    Ok(jobs)
}

/// Says of a job with its targets which checks run there, and what is known to be open.
pub(super) fn complete(job: &mut JobPlan, checks: &[CheckRef], known: &[KnownCell]) {
    job.checks = checks.to_vec();
    job.cells = cells(job);
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

/// How many cells the checks of a job have on its targets.
pub(super) fn cells(job: &JobPlan) -> u64 {
    job.targets.iter().fold(0, |cells, target| {
        let ids = job.checks.iter().map(|check| check.id.as_str());
        cells.saturating_add(cells_of_host(&target.host, target.ports.len(), ids))
    })
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

/// Adds a host of an asset to a job, inside its scope.
pub(super) fn add(job: &mut JobPlan, asset: &AuthorizedAsset, host: String, ports: PortSet) {
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
mod tests;
