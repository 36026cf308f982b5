//! The tools of a run: after the engine's own probes, and only to add what they saw.
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use wt_exposure::{Evidence, Observation, PortSet, ScopeDenial, Subject, Transport};

use super::{HostState, Run};
use crate::{
    LogLevel, Stage,
    adapter::{Refused, Sighting, Tool, ToolTask},
    check::{Known, find},
};

/// Addresses of one sweep: an argument vector has an end.
const ADDRESSES_PER_SWEEP: usize = 256;
/// Where names are asked for.
const DNS_PORT: u16 = 53;
/// Connections a second of a tool, where the job's engine keeps no pace.
const PER_SECOND_DEFAULT: u32 = 500;

impl Run<'_> {
    /// Runs what the job names and the operator turned on; what a tool saw in a planned cell
    /// that is not present yet makes it so.
    pub(super) async fn tools(&self, hosts: &mut [HostState<'_>]) -> Vec<Observation> {
        let mut observations = Vec::new();
        for tool in &self.job.tools {
            if self.is_over() {
                break;
            }
            let tools = self.engine.tools();
            let program = match tools.admit(*tool, self.job.policy) {
                Ok(program) => program,
                Err(refusal) => {
                    self.line(LogLevel::Warn, &format!("{tool} was not run: {refusal}"));
                    continue;
                }
            };
            let version = tools.version(*tool, program, self.deadline).await;
            let (mut calls, mut added) = (0_u32, 0_usize);
            for task in self.tasks_of(*tool, hosts) {
                if self.is_over() {
                    break;
                }
                let outcome = tools.run(*tool, program, &task, self.deadline).await;
                calls += 1;
                if let Some(fault) = &outcome.fault {
                    self.line(LogLevel::Warn, &format!("{tool}: {fault}"));
                }
                self.tell_refused(*tool, &task, &outcome.refused);
                for sighting in &outcome.sightings {
                    let seen = self.take(hosts, &task, sighting, &version);
                    added += seen.len();
                    observations.extend(seen);
                }
                self.progress(Stage::Services, "", 0);
            }
            let text = format!("{tool} {version}: {calls} calls, {added} cells seen that were not");
            self.line(LogLevel::Info, &crate::text::line(&text));
        }
        observations
    }

    /// What the kernel did not let out is a denial as the guard's own are.
    fn tell_refused(&self, tool: Tool, task: &ToolTask, refused: &Refused) {
        if refused.packets > 0 {
            let packets = refused.packets;
            let text = format!("{tool}: {packets} packets to elsewhere were not let out");
            self.line(LogLevel::Warn, &text);
            for place in &refused.places {
                self.guard.remember(denial(tool, task, *place));
            }
        }
        if refused.is_stuck {
            let text = format!("{tool}: a firewall of this machine lets nothing of it through");
            self.line(LogLevel::Warn, &text);
        }
    }

    /// Sweeps take addresses with the same ports together; services are asked host by host, and
    /// only those that answered.
    fn tasks_of(&self, tool: Tool, hosts: &[HostState<'_>]) -> Vec<ToolTask> {
        // A tool without a pace is nobody's wish, also where the engine has none.
        let per_second = match self.guard.per_second() {
            0 => PER_SECOND_DEFAULT,
            asked => asked,
        };
        let task = |addresses, ports, name| ToolTask {
            addresses,
            ports,
            name,
            per_second,
            user_agent: self.engine.config().user_agent.clone(),
        };
        let reachable = |host: &HostState<'_>| -> Vec<(IpAddr, PortSet)> {
            let all = host.addresses.iter();
            all.filter(|(address, _)| !self.guard.has_given_up(*address))
                .cloned()
                .collect()
        };
        if !tool.sweeps() {
            return hosts
                .iter()
                .flat_map(|host| {
                    let name = host.planned.host.parse::<IpAddr>().is_err();
                    let name = name.then(|| host.planned.host.clone());
                    let open = host.ledger.answered();
                    let each = reachable(host).into_iter().map(move |(address, ports)| {
                        let ports = ports.iter().filter(|port| open.contains(*port)).collect();
                        (vec![address], ports, name.clone())
                    });
                    each.collect::<Vec<_>>()
                })
                .filter(|(_, ports, _): &(_, PortSet, _)| !ports.is_empty())
                .map(|(addresses, ports, name)| task(addresses, ports, name))
                .collect();
        }
        let mut alike: BTreeMap<(bool, PortSet), Vec<IpAddr>> = BTreeMap::new();
        for (address, ports) in hosts.iter().flat_map(reachable) {
            let together = alike.entry((address.is_ipv6(), ports)).or_default();
            if !together.contains(&address) {
                together.push(address);
            }
        }
        alike
            .into_iter()
            .flat_map(|((_, ports), addresses)| {
                let parts = addresses
                    .chunks(ADDRESSES_PER_SWEEP)
                    .map(<[IpAddr]>::to_vec);
                parts
                    .map(|part| task(part, ports.clone(), None))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// Makes the cells present that a sighting is about: of the host that was asked for, or of
    /// every host at its address.
    fn take(
        &self,
        hosts: &mut [HostState<'_>],
        task: &ToolTask,
        sighting: &Sighting,
        version: &str,
    ) -> Vec<Observation> {
        let mut seen = Vec::new();
        for host in hosts {
            let planned = host.planned;
            let is_meant = task.name.as_ref().is_none_or(|name| *name == planned.host);
            let is_there = host.addresses.iter().any(|(address, ports)| {
                *address == sighting.address && ports.contains(sighting.port)
            });
            let block = planned.block_of(sighting.port);
            let wanted =
                block.and_then(|block| block.checks.iter().find(|c| c.id == sighting.check));
            let (true, true, Some(wanted)) = (is_meant, is_there, wanted) else {
                continue;
            };
            let Known::Here(check) = find(wanted) else {
                continue;
            };
            if !check.is_allowed_by(self.job.policy) || !host.ledger.see(sighting.port, wanted) {
                continue;
            }
            seen.push(Observation {
                subject: Subject {
                    asset_id: planned.asset_id,
                    host: planned.host.clone(),
                    transport: Transport::Tcp,
                    port: sighting.port,
                },
                check: check.reference(),
                discriminator: sighting.discriminator.clone(),
                attributes: sighting.attributes.clone(),
                title: check.title.to_owned(),
                severity: check.severity,
                strength: self.job.strength,
                evidence: evidence(sighting, version),
            });
        }
        seen
    }
}

/// Whom a tool wanted to ask for a name is this worker's own affair, and not told.
fn denial(tool: Tool, task: &ToolTask, place: SocketAddr) -> ScopeDenial {
    let first = task.addresses.first().map(ToString::to_string);
    let is_name_server = place.port() == DNS_PORT;
    ScopeDenial {
        host: task.name.clone().or(first).unwrap_or_default(),
        address: Some(place.ip()).filter(|_| !is_name_server),
        port: place.port(),
        reason: if is_name_server {
            "a tool has no names to ask for".to_owned()
        } else {
            "the tool was not given this address and port".to_owned()
        },
        via: tool.as_str().to_owned(),
    }
}

fn evidence(sighting: &Sighting, version: &str) -> Evidence {
    let said = if version.is_empty() {
        sighting.called.clone()
    } else {
        format!("{}\n{version}", sighting.called)
    };
    Evidence {
        address: Some(sighting.address),
        request: said.into_bytes(),
        response: sighting.raw.clone(),
        response_sha256: crate::text::sha256(&sighting.raw),
        matched: sighting.matched.clone(),
        ..Evidence::default()
    }
}
