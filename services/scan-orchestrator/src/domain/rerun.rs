//! From the shards of an earlier run that brought no result to jobs that repeat exactly them, as
//! far as they may be scanned now.

use std::collections::BTreeSet;

use wt_exposure::CheckRef;
use wt_model::AssetKind;
use wt_proto::scan;
use wt_scope::Network;

use super::plan::{AuthorizedAsset, JobPlan, KnownCell, Target, add, complete};

/// What one job of an earlier run was to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shard {
    targets: Vec<Target>,
    /// Ids of its checks; they are run as they are now.
    checks: BTreeSet<String>,
    /// Of a job that verified: its cells.
    cells: Vec<KnownCell>,
}

impl Shard {
    /// Reads a job as it was signed; none when it is not one of ours.
    pub(crate) fn of(job: scan::Job) -> Option<Self> {
        let targets = job.targets.into_iter().map(|target| {
            Some(Target {
                asset_id: target.asset_id.parse().ok()?,
                ports: target.ports.parse().ok()?,
                host: target.host,
            })
        });
        let cells = job.known.into_iter().map(|cell| {
            Some(KnownCell {
                asset_id: cell.asset_id.parse().ok()?,
                host: cell.host,
                transport: cell.transport,
                port: u16::try_from(cell.port).ok()?,
                check_id: cell.check_id,
            })
        });
        Some(Self {
            targets: targets.collect::<Option<_>>()?,
            cells: cells.collect::<Option<_>>()?,
            checks: job.checks.into_iter().map(|check| check.id).collect(),
        })
    }

    /// The assets it is about.
    pub(crate) fn asset_ids(&self) -> impl Iterator<Item = String> + '_ {
        self.targets
            .iter()
            .map(|target| target.asset_id.to_string())
    }

    /// Whether it was to verify this cell.
    pub(crate) fn verified(&self, cell: &KnownCell) -> bool {
        self.cells.contains(cell)
    }
}

/// Plans a job for each shard: its hosts that are still part of an asset that may be scanned, its
/// checks that are still run.
pub(crate) fn plan_shards(
    assets: &[AuthorizedAsset],
    shards: &[Shard],
    checks: &[CheckRef],
    known: &[KnownCell],
) -> Vec<JobPlan> {
    let mut jobs = Vec::new();
    for shard in shards {
        let mut job = JobPlan::default();
        for target in &shard.targets {
            let asset = assets
                .iter()
                .find(|asset| asset.id == target.asset_id && covers(asset, &target.host));
            if let Some(asset) = asset {
                add(&mut job, asset, target.host.clone(), target.ports.clone());
            }
        }
        if job.targets.is_empty() {
            continue;
        }
        let ranges = job.targets.iter().flat_map(|target| target.ports.ranges());
        job.ports = ranges.copied().collect();
        let still: Vec<CheckRef> = checks
            .iter()
            .filter(|check| shard.checks.contains(&check.id))
            .cloned()
            .collect();
        complete(&mut job, &still, known);
        jobs.push(job);
    }
    jobs
}

/// Whether a host is part of an asset: what may be scanned now decides, not what was once signed.
fn covers(asset: &AuthorizedAsset, host: &str) -> bool {
    match asset.kind {
        AssetKind::Domain => asset.value == host,
        AssetKind::Ip | AssetKind::Cidr => Network::parse(&asset.value)
            .ok()
            .zip(host.parse().ok())
            .is_some_and(|(network, address)| network.contains(address)),
    }
}

#[cfg(test)]
mod tests {
    use wt_exposure::CheckRef;
    use wt_model::AssetKind;
    use wt_proto::scan;

    use super::{AuthorizedAsset, Shard, plan_shards};

    const ONE: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FA1";
    const TWO: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FA2";

    fn check(id: &str) -> CheckRef {
        CheckRef {
            id: id.to_owned(),
            digest: "new".to_owned(),
        }
    }

    fn asset(id: &str, kind: AssetKind, value: &str) -> AuthorizedAsset {
        AuthorizedAsset {
            id: id.parse().unwrap(),
            kind,
            value: value.to_owned(),
            authorization_id: format!("auz of {id}"),
            until: None,
        }
    }

    fn job(targets: &[(&str, &str)]) -> scan::Job {
        scan::Job {
            targets: targets
                .iter()
                .map(|(asset_id, host)| scan::Target {
                    asset_id: (*asset_id).to_owned(),
                    host: (*host).to_owned(),
                    ports: "80,443".to_owned(),
                })
                .collect(),
            checks: ["port.open", "withdrawn.since"]
                .map(|id| scan::Check {
                    id: id.to_owned(),
                    digest: "old".to_owned(),
                })
                .into(),
            ..Default::default()
        }
    }

    #[test]
    fn exactly_the_hosts_and_checks_of_a_shard_are_planned_again() {
        let shard = Shard::of(job(&[(ONE, "192.0.2.7"), (TWO, "shop.example.com")])).unwrap();
        let assets = [
            asset(ONE, AssetKind::Cidr, "192.0.2.0/24"),
            asset(TWO, AssetKind::Domain, "shop.example.com"),
        ];
        let checks = [check("port.open"), check("tls.cert_expired")];
        let jobs = plan_shards(&assets, &[shard], &checks, &[]);
        assert_eq!(jobs.len(), 1);
        let hosts: Vec<_> = jobs[0].targets.iter().map(|t| t.host.as_str()).collect();
        assert_eq!(hosts, ["192.0.2.7", "shop.example.com"]);
        assert_eq!(jobs[0].ports.to_string(), "80,443");
        // As it is now, and none that was not asked for.
        assert_eq!(jobs[0].checks, [check("port.open")]);
        assert_eq!(jobs[0].cells, 4);
        assert_eq!(jobs[0].rests_on.len(), 2);
    }

    #[test]
    fn what_is_no_longer_part_of_what_may_be_scanned_is_left_out() {
        let gone = Shard::of(job(&[(ONE, "192.0.2.7")])).unwrap();
        let moved = Shard::of(job(&[(TWO, "shop.example.com")])).unwrap();
        // One asset's proof is gone, the other asset is something else now.
        let assets = [asset(TWO, AssetKind::Domain, "other.example.com")];
        assert!(plan_shards(&assets, &[gone, moved], &[check("port.open")], &[]).is_empty());
    }

    #[test]
    fn a_job_that_is_none_of_ours_is_no_shard() {
        assert!(Shard::of(job(&[("nonsense", "192.0.2.7")])).is_none());
    }
}
