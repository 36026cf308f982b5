//! The sweeps of a run: in batches, beside the runtime, and a second one where it matters.
use std::{net::IpAddr, sync::Arc};

use tokio::time::Instant;
use wt_exposure::PortSet;

use super::{HostState, Run};
use crate::{
    EngineFault, Stage,
    cells::PlannedHost,
    guard::{PortState, SweepTarget},
    sweeping::HostPorts,
};

/// Probes of one sweep batch, so that progress is heard of and a deadline is noticed.
const PROBES_PER_BATCH: usize = 16_384;
impl<'a> Run<'a> {
    /// Port states by host and address, in batches.
    pub(super) async fn sweep(
        &self,
        hosts: &[HostState<'a>],
    ) -> Result<Vec<HostPorts>, EngineFault> {
        let wanted: Vec<Vec<(IpAddr, PortSet)>> =
            hosts.iter().map(|host| host.addresses.clone()).collect();
        self.sweep_ports(hosts, wanted).await
    }

    /// Looks again at known ports that did not accept, and for closed ones at other ports of the
    /// host where the plan has none: the positive control of `absent(closed)`.
    pub(super) async fn second_sweep(
        &self,
        hosts: &[HostState<'a>],
        first: &[HostPorts],
        known_ports: &(dyn Fn(&PlannedHost) -> PortSet + Sync),
    ) -> Result<Vec<HostPorts>, EngineFault> {
        let wanted = hosts
            .iter()
            .zip(first)
            .map(|(host, seen)| {
                let known = known_ports(host.planned);
                host.addresses
                    .iter()
                    .map(|(address, permitted)| {
                        let again = permitted
                            .iter()
                            .filter(|port| known.contains(*port) && !seen.is_open(*port));
                        let again: Vec<u16> = again.collect();
                        let needs_control = !again.is_empty() && permitted.len() == 1;
                        let control = if needs_control {
                            self.control_ports(host.planned, *address)
                        } else {
                            PortSet::default()
                        };
                        (*address, again.into_iter().chain(control.iter()).collect())
                    })
                    .collect()
            })
            .collect();
        self.sweep_ports(hosts, wanted).await
    }

    /// A few other ports of the scope, where any answer proves that the host is there.
    fn control_ports(&self, planned: &PlannedHost, address: IpAddr) -> PortSet {
        const CONTROLS_MAX: usize = 8;
        const LIKELY: [u16; 5] = [443, 80, 22, 25, 53];
        let scope = &self.guard.scope().ports;
        let candidates: PortSet = LIKELY
            .into_iter()
            .filter(|port| scope.contains(*port))
            .chain(scope.iter())
            .filter(|port| !planned.ports().contains(*port))
            .take(CONTROLS_MAX)
            .collect();
        self.guard
            .permitted_ports(&planned.host, address, &candidates)
    }

    async fn sweep_ports(
        &self,
        hosts: &[HostState<'a>],
        wanted: Vec<Vec<(IpAddr, PortSet)>>,
    ) -> Result<Vec<HostPorts>, EngineFault> {
        let mut found: Vec<HostPorts> = hosts.iter().map(|_| HostPorts::default()).collect();
        let mut queue: Vec<(usize, String, SweepTarget)> = Vec::new();
        for ((index, host), addresses) in hosts.iter().enumerate().zip(wanted) {
            for (address, ports) in addresses {
                let target = SweepTarget {
                    address,
                    ports: ports.iter().collect(),
                };
                queue.push((index, host.planned.host.clone(), target));
            }
        }
        let share = (PROBES_PER_BATCH / queue.len().max(1)).max(64);
        while queue.iter().any(|(_, _, target)| !target.ports.is_empty()) {
            if self.is_over() {
                break;
            }
            let batch: Vec<(usize, String, SweepTarget)> = queue
                .iter_mut()
                .filter(|(_, _, target)| !target.ports.is_empty())
                .map(|(index, host, target)| {
                    let taken = target
                        .ports
                        .drain(..share.min(target.ports.len()))
                        .collect();
                    let part = SweepTarget {
                        address: target.address,
                        ports: taken,
                    };
                    (*index, host.clone(), part)
                })
                .collect();
            for (index, address, states) in self.sweep_batch(batch).await? {
                if let Some(ports) = found.get_mut(index) {
                    ports.add(address, states);
                }
            }
            self.progress(Stage::Ports, "", 0);
        }
        Ok(found)
    }

    async fn sweep_batch(
        &self,
        batch: Vec<(usize, String, SweepTarget)>,
    ) -> Result<Vec<(usize, IpAddr, Vec<(u16, PortState)>)>, EngineFault> {
        let guard = Arc::clone(&self.guard);
        let setting = guard.sweep_setting(self.engine.config().sweep_in_flight_max);
        let (cancel, deadline) = (self.cancel.clone(), self.deadline);
        let runtime = tokio::runtime::Handle::current();
        let task = tokio::task::spawn_blocking(move || {
            let (places, targets): (Vec<_>, Vec<_>) = batch
                .into_iter()
                .map(|(index, host, target)| ((index, target.address), (host, target)))
                .unzip();
            let stop = || cancel.is_cancelled() || Instant::now() >= deadline;
            let states = guard.sweep(&targets, setting, Some(&runtime), &stop);
            places
                .into_iter()
                .zip(states)
                .map(|((index, address), states)| (index, address, states))
                .collect()
        });
        task.await.map_err(|_| EngineFault::Task)
    }
}
