//! The stages of one job: resolve, sweep, inspect, settle.
mod names;
mod sweep;
mod template_verdicts;
mod templates;
mod tools;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::{StreamExt, stream};
use time::OffsetDateTime;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use wt_exposure::{CellRun, InconclusiveReason, Observation, PortSet};
use wt_model::AssetId;

use crate::{
    Engine, EngineFault, JobSpec, LogLevel, Progress, ProgressSink, Stage,
    cells::{HostLedger, Plan, PlannedHost, PortClass},
    guard::{Guard, Peer, ResolveFailure},
    host::{Outcome, PortTask, settle_port},
    probe::Inspector,
    sweeping::conclude_ports,
};

/// Names looked up at once.
const LOOKUPS_AT_ONCE: usize = 16;
/// Open ports on one host beyond which it is taken for a device that accepts everything.
const OPEN_PORTS_BELIEVED_MAX: usize = 500;

/// One job under way.
pub(crate) struct Run<'a> {
    engine: &'a Engine,
    job: &'a JobSpec,
    plan: &'a Plan,
    sink: &'a dyn ProgressSink,
    cancel: &'a CancellationToken,
    guard: Arc<Guard>,
    deadline: Instant,
    settled: AtomicU64,
    known: BTreeMap<(AssetId, &'a str, u16), BTreeSet<&'a str>>,
}

/// What is known of one host before its services are inspected.
pub(crate) struct HostState<'a> {
    pub(crate) planned: &'a PlannedHost,
    pub(crate) ledger: HostLedger<'a>,
    /// Addresses with the planned ports that may be reached there.
    pub(crate) addresses: Vec<(IpAddr, PortSet)>,
}

type Settlement = (Vec<CellRun>, Vec<Observation>);

impl<'a> Run<'a> {
    /// A run of `job`; its deadline starts now.
    pub(crate) fn new(
        engine: &'a Engine,
        job: &'a JobSpec,
        plan: &'a Plan,
        sink: &'a dyn ProgressSink,
        cancel: &'a CancellationToken,
    ) -> Self {
        let mut known: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
        for cell in &job.known {
            known
                .entry((cell.asset_id, cell.host.as_str(), cell.port))
                .or_default()
                .insert(&cell.check_id);
        }
        Self {
            engine,
            job,
            plan,
            sink,
            cancel,
            guard: Arc::new(engine.guard_for(job)),
            deadline: Engine::deadline_of(job),
            settled: AtomicU64::new(0),
            known,
        }
    }

    /// The guard of this run.
    pub(crate) fn guard(&self) -> &Guard {
        &self.guard
    }

    /// What ends it without a report.
    pub(crate) fn cancel(&self) -> &'a CancellationToken {
        self.cancel
    }

    /// Counts cells that an earlier attempt settled.
    pub(crate) fn was_settled_before(&self, cells: u64) {
        self.progress(Stage::Ports, "", cells);
    }

    /// All stages of some hosts of the plan.
    pub(crate) async fn unit(&self, hosts: Range<usize>) -> Result<Settlement, EngineFault> {
        let planned: &'a [PlannedHost] = self.plan.hosts.get(hosts).unwrap_or_default();
        if self.is_over() {
            let ledgers = planned.iter().map(HostLedger::new);
            let rows = ledgers.flat_map(|host| host.into_rows(self.job.strength));
            return Ok((rows.collect(), Vec::new()));
        }
        let (ports, names) = tokio::join!(self.ports(planned), self.names(planned));
        let (mut hosts, mut observations) = ports?;
        for (index, outcome) in names {
            if let Some(host) = hosts.get_mut(index) {
                host.ledger.settle_name(outcome.settled);
                observations.extend(outcome.observations);
            }
        }
        observations.extend(self.tools(&mut hosts).await);
        let rows = hosts
            .into_iter()
            .flat_map(|host| host.ledger.into_rows(self.job.strength))
            .collect();
        Ok((rows, observations))
    }

    /// What is done once, after the last unit.
    pub(crate) async fn close(&self) {
        if self.is_over() {
            self.line(
                LogLevel::Warn,
                "the deadline ended the job; what was left is skipped",
            );
        }
        self.guard.look_again().await;
        self.progress(Stage::Reporting, "", 0);
    }

    /// Every stage of ports: resolve, sweep, inspect.
    async fn ports(
        &self,
        planned: &'a [PlannedHost],
    ) -> Result<(Vec<HostState<'a>>, Vec<Observation>), EngineFault> {
        self.progress(Stage::Ports, "", 0);
        let mut hosts = self.resolve(planned).await;
        let swept = self.sweep(&hosts).await?;
        let known_ports = |planned: &PlannedHost| -> PortSet {
            self.known
                .keys()
                .filter(|(asset, host, _)| *asset == planned.asset_id && *host == planned.host)
                .map(|(_, _, port)| *port)
                .collect()
        };
        let mut open = Vec::new();
        let second = self.second_sweep(&hosts, &swept, &known_ports).await?;
        for (index, (host, ports)) in hosts.iter_mut().zip(&swept).enumerate() {
            let concluded = conclude_ports(host, ports, second.get(index));
            let mut settled = 0_u64;
            for (port, class) in concluded.settled {
                settled += cells_of(host.planned, port);
                host.ledger.settle(port, class);
            }
            if concluded.open.len() > OPEN_PORTS_BELIEVED_MAX {
                self.line(
                    LogLevel::Warn,
                    &format!(
                        "{} accepts on {} ports: taken for a filter that accepts everything",
                        host.planned.host,
                        concluded.open.len()
                    ),
                );
                for (port, _) in concluded.open {
                    settled += cells_of(host.planned, port);
                    host.ledger
                        .settle(port, PortClass::Whole(InconclusiveReason::Blocked));
                }
            } else {
                let ports: PortSet = concluded.open.iter().map(|(port, _)| *port).collect();
                let text = if ports.is_empty() {
                    "none".to_owned()
                } else {
                    ports.to_string()
                };
                self.line(
                    LogLevel::Info,
                    &format!("{}: open ports {text}", host.planned.host),
                );
                open.extend(
                    concluded
                        .open
                        .into_iter()
                        .map(|(port, at)| (index, port, at)),
                );
            }
            self.progress(Stage::Ports, &host.planned.host, settled);
        }
        let observations = self.inspect(&mut hosts, open).await;
        Ok((hosts, observations))
    }

    async fn resolve(&self, hosts: &'a [PlannedHost]) -> Vec<HostState<'a>> {
        // Made before they are streamed: a closure over borrowed hosts is not Send enough.
        let lookups: Vec<_> = hosts
            .iter()
            .map(|planned| self.resolve_one(planned))
            .collect();
        stream::iter(lookups)
            .buffered(LOOKUPS_AT_ONCE)
            .collect()
            .await
    }

    async fn resolve_one(&self, planned: &'a PlannedHost) -> HostState<'a> {
        let mut ledger = HostLedger::new(planned);
        let ports = planned.ports();
        if ports.is_empty() {
            // A name of which only the name is asked about.
            return HostState {
                planned,
                ledger,
                addresses: Vec::new(),
            };
        }
        let port = ports.iter().next().unwrap_or_default();
        let mut addresses = Vec::new();
        match self.guard.resolve(&planned.host, port, "target").await {
            Err(failure) => {
                let class = self.class_without_address(&planned.host, failure).await;
                let text = match &class {
                    PortClass::Gone => "the zone's own servers say that there is no such name",
                    _ => failure.reason().as_str(),
                };
                self.line(LogLevel::Warn, &format!("{}: {text}", planned.host));
                ledger.settle_all(&class);
                self.progress(Stage::Ports, &planned.host, planned.cells_of_ports());
            }
            Ok(found) => {
                for address in found {
                    let permitted = self.guard.permitted_ports(&planned.host, address, &ports);
                    if !permitted.is_empty() {
                        addresses.push((address, permitted));
                    }
                }
                if addresses.is_empty() {
                    let text = format!("{}: no address of it may be reached", planned.host);
                    self.line(LogLevel::Warn, &text);
                    ledger.settle_all(&PortClass::Whole(InconclusiveReason::OutOfScope));
                    self.progress(Stage::Ports, &planned.host, planned.cells_of_ports());
                }
            }
        }
        HostState {
            planned,
            ledger,
            addresses,
        }
    }

    /// How all cells of a host without an address settle: a name that is gone is conclusive.
    async fn class_without_address(&self, host: &str, failure: ResolveFailure) -> PortClass {
        if failure == ResolveFailure::NoSuchName && self.guard.is_name_gone(host).await {
            PortClass::Gone
        } else {
            PortClass::Whole(failure.reason())
        }
    }

    async fn inspect(
        &self,
        hosts: &mut [HostState<'a>],
        open: Vec<(usize, u16, IpAddr)>,
    ) -> Vec<Observation> {
        let inspector = Inspector {
            guard: &self.guard,
            tls_config: Arc::clone(self.engine.tls()),
            user_agent: &self.engine.config().user_agent,
            patience: self.engine.config().answer_timeout,
            body_max: self.job.limits.response_bytes_max,
        };
        let at_once = usize::try_from(self.job.limits.concurrency)
            .unwrap_or(1)
            .max(1);
        let planned: Vec<&'a PlannedHost> = hosts.iter().map(|host| host.planned).collect();
        let mut outcomes = stream::iter(open)
            .map(|(index, port, address)| {
                let (planned, inspector) = (planned.get(index).copied(), &inspector);
                async move {
                    let outcome = self
                        .inspect_port(inspector, planned?, port, address)
                        .await?;
                    Some((index, port, outcome))
                }
            })
            .buffer_unordered(at_once);
        let mut observations = Vec::new();
        while let Ok(Some(outcome)) = tokio::time::timeout_at(self.deadline, outcomes.next()).await
        {
            let Some((index, port, outcome)) = outcome else {
                continue;
            };
            let Some(host) = hosts.get_mut(index) else {
                continue;
            };
            let settled = cells_of(host.planned, port);
            observations.extend(outcome.observations);
            host.ledger
                .settle(port, PortClass::Inspected(outcome.settled));
            self.progress(stage_of(outcome.spoken), &host.planned.host, settled);
        }
        observations
    }

    async fn inspect_port(
        &self,
        inspector: &Inspector<'_>,
        planned: &'a PlannedHost,
        port: u16,
        address: IpAddr,
    ) -> Option<Outcome> {
        let none = BTreeSet::new();
        let known = self
            .known
            .get(&(planned.asset_id, planned.host.as_str(), port));
        let (templates, own) = self.divide(&planned.block_of(port)?.checks);
        let task = PortTask {
            asset_id: planned.asset_id,
            host: &planned.host,
            peer: Peer {
                host: planned.host.clone(),
                address,
                port,
                via: "target".to_owned(),
            },
            checks: &own,
            known: known.unwrap_or(&none),
            strength: self.job.strength,
            policy: self.job.policy,
        };
        let mut outcome = settle_port(inspector, &task, OffsetDateTime::now_utc()).await;
        self.look_by_templates(inspector, &task, &templates, &mut outcome)
            .await;
        let seen: Vec<&str> = outcome
            .seen
            .iter()
            .map(String::as_str)
            .filter(|id| *id != "port.open")
            .collect();
        let text = if seen.is_empty() {
            "nothing found".to_owned()
        } else {
            seen.join(", ")
        };
        self.line(
            LogLevel::Info,
            &format!("{}:{port} {}: {text}", planned.host, outcome.spoken),
        );
        Some(outcome)
    }

    /// Whether the deadline or a cancel ended it.
    pub(crate) fn is_over(&self) -> bool {
        self.cancel.is_cancelled() || Instant::now() >= self.deadline
    }

    fn progress(&self, stage: Stage, host: &str, settled: u64) {
        let before = self.settled.fetch_add(settled, Ordering::Relaxed);
        self.sink.report(Progress::Settled {
            settled: before + settled,
            planned: self.plan.cells(),
            stage,
            host: host.to_owned(),
        });
    }

    fn line(&self, level: LogLevel, text: &str) {
        // Host and service names were made harmless where they were read.
        self.sink.report(Progress::Line {
            level,
            text: text.chars().take(500).collect(),
        });
    }
}

fn cells_of(planned: &PlannedHost, port: u16) -> u64 {
    planned.block_of(port).map_or(0, |block| {
        u64::try_from(block.checks.len()).unwrap_or(u64::MAX)
    })
}

fn stage_of(spoken: &str) -> Stage {
    match spoken {
        "http" => Stage::Http,
        "tls" => Stage::Tls,
        _ => Stage::Services,
    }
}
