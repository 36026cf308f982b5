//! Jobs, runs and ways to look at reports.
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    sync::Mutex,
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use wt_engine::{
    Engine, EngineConfig, JobLimits, JobSpec, KnownCell, Progress, ResolverSetting, TargetSpec,
    check::{Check, catalogue},
};
use wt_exposure::{JobReport, PortSet, Settled};
use wt_model::{AssetId, Policy};
use wt_scope::{Network, Scope};

/// The asset of every job.
pub(crate) fn asset() -> AssetId {
    "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id")
}

/// A free port of `ip`, as an address.
pub(crate) fn any_port(ip: &str) -> SocketAddr {
    SocketAddr::new(ip.parse().expect("an address"), 0)
}

/// A job for every check on these hosts and ports, whose scope is exactly that.
pub(crate) fn job(hosts: &[&str], ports: &[u16]) -> JobSpec {
    let ports: PortSet = ports.iter().copied().collect();
    let mut scope = Scope {
        ports: ports.clone(),
        ..Scope::default()
    };
    for host in hosts {
        match host.parse::<IpAddr>() {
            Ok(address) => {
                scope.networks.insert(Network::single(address));
            }
            Err(_) => {
                scope.hosts.insert(host.parse().expect("a name"));
            }
        }
    }
    let targets = hosts.iter().map(|host| TargetSpec {
        asset_id: asset(),
        host: (*host).to_owned(),
        ports: ports.clone(),
    });
    JobSpec {
        targets: targets.collect(),
        checks: catalogue().into_iter().map(Check::reference).collect(),
        scope,
        limits: JobLimits {
            deadline: Duration::from_mins(1),
            ..JobLimits::default()
        },
        known: BTreeSet::new(),
        only_known: false,
        strength: 2,
        policy: Policy::Safe,
        tools: BTreeSet::new(),
    }
}

/// The same job, asking only for these checks.
pub(crate) fn only(mut job: JobSpec, checks: &[&str]) -> JobSpec {
    job.checks
        .retain(|check| checks.contains(&check.id.as_str()));
    assert_eq!(job.checks.len(), checks.len(), "every check exists");
    job
}

/// A cell of a job's host.
pub(crate) fn known(host: &str, port: u16, check: &str) -> KnownCell {
    KnownCell {
        asset_id: asset(),
        host: host.to_owned(),
        port,
        check_id: check.to_owned(),
    }
}

/// Settings that allow these networks and ask this name server.
pub(crate) fn config(allowed: &[&str], resolver: Option<SocketAddr>) -> EngineConfig {
    EngineConfig {
        allowed: allowed
            .iter()
            .map(|net| net.parse().expect("a network"))
            .collect(),
        resolver: ResolverSetting {
            servers: resolver.into_iter().collect(),
            // The zones' own servers of a test stand beside its resolver.
            zone_port: resolver.map(|resolver| resolver.port()),
        },
        answer_timeout: Duration::from_secs(2),
        ..EngineConfig::default()
    }
}

/// Runs a job with loopback allowed.
pub(crate) async fn run(job: &JobSpec) -> JobReport {
    run_with(config(&["127.0.0.0/8", "::1/128"], None), job).await
}

/// Runs a job and checks what holds for every report.
pub(crate) async fn run_with(config: EngineConfig, job: &JobSpec) -> JobReport {
    let engine = Engine::new(config).expect("an engine");
    let planned = engine.plan(job).cells();
    let last = Mutex::new(0);
    let sink = |news: Progress| {
        if let Progress::Settled {
            settled,
            planned: of,
            ..
        } = news
        {
            assert!(settled <= of);
            let mut last = last.lock().expect("not poisoned");
            *last = settled.max(*last);
        }
    };
    let report = engine
        .run(job, &sink, &CancellationToken::new())
        .await
        .expect("a report");
    assert_eq!(
        cells(&report).len() as u64,
        planned,
        "each cell settles exactly once"
    );
    report
}

/// Every cell of a report: `(host, port, check)` → outcome. Panics on a cell that settled twice.
pub(crate) fn cells(report: &JobReport) -> BTreeMap<(String, u16, String), Settled> {
    let mut all = BTreeMap::new();
    for row in &report.cells {
        for port in row.ports.iter() {
            for check in &row.checks {
                let key = (row.host.clone(), port, check.id.clone());
                let twice = all.insert(key.clone(), row.settled.clone());
                assert!(twice.is_none(), "{key:?} settled twice");
            }
        }
    }
    all
}

/// How one cell settled.
pub(crate) fn cell(report: &JobReport, host: &str, port: u16, check: &str) -> Settled {
    cells(report)
        .remove(&(host.to_owned(), port, check.to_owned()))
        .unwrap_or_else(|| panic!("{host}:{port} {check} is not in the report"))
}

/// Ids of the checks that saw something on a port.
pub(crate) fn seen(report: &JobReport, port: u16) -> BTreeSet<String> {
    report
        .observations
        .iter()
        .filter(|observation| observation.subject.port == port)
        .map(|observation| observation.check.id.clone())
        .collect()
}

/// Waits until `condition` holds; fails after ten seconds.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let deadline = tokio::time::Instant::now() + Duration::from_mins(1);
    while !condition() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the condition never held"
        );
        tokio::task::yield_now().await;
    }
}
