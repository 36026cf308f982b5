//! Plans: every host once, every target inside its job's scope.

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
        let scope = wt_scope::Scope::parse(&hosts, &networks, &job.ports.to_string(), &[]).unwrap();
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
