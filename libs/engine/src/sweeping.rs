//! From what ports said at each address to what is concluded of the host. Pure.
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use wt_exposure::InconclusiveReason;

use crate::{cells::PortClass, guard::PortState, run::HostState};

/// What the ports of one host said, by address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HostPorts(BTreeMap<u16, Vec<(IpAddr, PortState)>>);

impl HostPorts {
    /// Adds answers of one address.
    pub(crate) fn add(&mut self, address: IpAddr, states: Vec<(u16, PortState)>) {
        for (port, state) in states {
            self.0.entry(port).or_default().push((address, state));
        }
    }

    /// Whether any address accepted on `port`.
    pub(crate) fn is_open(&self, port: u16) -> bool {
        self.open_at(port).is_some()
    }

    fn open_at(&self, port: u16) -> Option<IpAddr> {
        self.0
            .get(&port)?
            .iter()
            .find(|(_, state)| *state == PortState::Open)
            .map(|(address, _)| *address)
    }

    fn states(&self, port: u16) -> impl Iterator<Item = PortState> + '_ {
        self.0
            .get(&port)
            .into_iter()
            .flatten()
            .map(|(_, state)| *state)
    }

    /// Ports that answered, by accepting or resetting.
    fn answered(&self) -> BTreeSet<u16> {
        self.0
            .iter()
            .filter(|(_, states)| states.iter().any(|(_, state)| is_answer(*state)))
            .map(|(port, _)| *port)
            .collect()
    }
}

fn is_answer(state: PortState) -> bool {
    matches!(state, PortState::Open | PortState::Closed)
}

/// What a sweep concludes of one host.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Concluded {
    /// Ports decided already.
    pub(crate) settled: Vec<(u16, PortClass)>,
    /// Ports to inspect, and the address that accepted.
    pub(crate) open: Vec<(u16, IpAddr)>,
}

/// Concludes the planned ports of a host. A closed port has a control when another port of the
/// host answered; where the scope has no other port, its own second reset is all there can be.
pub(crate) fn conclude_ports(
    host: &HostState<'_>,
    first: &HostPorts,
    second: Option<&HostPorts>,
) -> Concluded {
    let mut concluded = Concluded::default();
    if host.addresses.is_empty() {
        return concluded;
    }
    let nothing = HostPorts::default();
    let second = second.unwrap_or(&nothing);
    let mut answered = first.answered();
    answered.extend(second.answered());
    let tried_elsewhere = |port: u16| second.0.keys().chain(first.0.keys()).any(|p| *p != port);
    for port in host.planned.ports().iter() {
        let is_permitted = host.addresses.iter().any(|(_, ports)| ports.contains(port));
        if !is_permitted {
            let class = PortClass::Whole(InconclusiveReason::OutOfScope);
            concluded.settled.push((port, class));
        } else if let Some(address) = first.open_at(port).or_else(|| second.open_at(port)) {
            concluded.open.push((port, address));
        } else {
            let closed_twice = is_closed(second, port);
            let has_other = answered.iter().any(|other| *other != port)
                || (closed_twice && !tried_elsewhere(port));
            if let Some(class) = class_of(first, second, port, has_other, closed_twice) {
                concluded.settled.push((port, class));
            }
        }
    }
    concluded
}

fn is_closed(ports: &HostPorts, port: u16) -> bool {
    let mut states = ports.states(port).peekable();
    states.peek().is_some() && states.all(|state| state == PortState::Closed)
}

/// `None` when the port was not tried: it stays open in the ledger and ends as skipped.
fn class_of(
    first: &HostPorts,
    second: &HostPorts,
    port: u16,
    has_control: bool,
    closed_twice: bool,
) -> Option<PortClass> {
    if is_closed(first, port) {
        return Some(PortClass::Closed {
            has_control,
            confirmed: closed_twice,
        });
    }
    // The worst of what the addresses said: one silent address leaves the port undecided.
    let worst = first.states(port).chain(second.states(port)).max()?;
    Some(match worst {
        PortState::Silent => PortClass::Whole(InconclusiveReason::Timeout),
        PortState::Unreachable => PortClass::Whole(InconclusiveReason::Unreachable),
        PortState::Open | PortState::Closed | PortState::Failed => {
            PortClass::Whole(InconclusiveReason::EngineError)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use wt_exposure::{CheckRef, InconclusiveReason};

    use super::{Concluded, HostPorts, conclude_ports};
    use crate::{
        cells::{HostLedger, PlanBlock, PlannedHost, PortClass},
        guard::PortState::{self, Closed, Open, Silent},
        run::HostState,
    };

    const HERE: &str = "192.0.2.1";
    const THERE: &str = "192.0.2.2";

    fn ports(answers: &[(&str, u16, PortState)]) -> HostPorts {
        let mut all = HostPorts::default();
        for (address, port, state) in answers {
            all.add(address.parse().unwrap(), vec![(*port, *state)]);
        }
        all
    }

    fn conclude(planned: &str, first: &HostPorts, second: &HostPorts) -> Concluded {
        let planned = PlannedHost {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: "shop.example".to_owned(),
            blocks: vec![PlanBlock {
                ports: planned.parse().unwrap(),
                checks: vec![CheckRef {
                    id: "port.open".to_owned(),
                    digest: String::new(),
                }],
            }],
            of_name: Vec::new(),
        };
        let addresses: Vec<IpAddr> = vec![HERE.parse().unwrap(), THERE.parse().unwrap()];
        let host = HostState {
            planned: &planned,
            ledger: HostLedger::new(&planned),
            addresses: addresses
                .into_iter()
                .map(|address| (address, planned.ports()))
                .collect(),
        };
        conclude_ports(&host, first, Some(second))
    }

    #[test]
    fn a_reset_counts_only_when_something_else_of_the_host_answered() {
        let nothing = HostPorts::default();
        let alone = conclude(
            "80,443",
            &ports(&[(HERE, 80, Closed), (HERE, 443, Silent)]),
            &nothing,
        );
        assert_eq!(
            alone.settled,
            [
                (
                    80,
                    PortClass::Closed {
                        has_control: false,
                        confirmed: false
                    }
                ),
                (443, PortClass::Whole(InconclusiveReason::Timeout)),
            ]
        );
        let answered = conclude(
            "80,443",
            &ports(&[(HERE, 80, Closed), (HERE, 443, Open)]),
            &nothing,
        );
        assert_eq!(
            answered.settled,
            [(
                80,
                PortClass::Closed {
                    has_control: true,
                    confirmed: false
                }
            )]
        );
        assert_eq!(answered.open, [(443, HERE.parse().unwrap())]);
    }

    #[test]
    fn one_silent_address_leaves_a_port_undecided() {
        let first = ports(&[(HERE, 80, Closed), (THERE, 80, Silent)]);
        let concluded = conclude("80", &first, &HostPorts::default());
        assert_eq!(
            concluded.settled,
            [(80, PortClass::Whole(InconclusiveReason::Timeout))]
        );
    }

    #[test]
    fn a_second_look_confirms_a_reset_or_finds_the_port_open() {
        let first = ports(&[(HERE, 80, Closed), (HERE, 443, Closed)]);
        let second = ports(&[(HERE, 80, Closed), (HERE, 443, Open)]);
        let concluded = conclude("80,443", &first, &second);
        assert_eq!(
            concluded.settled,
            [(
                80,
                PortClass::Closed {
                    has_control: true,
                    confirmed: true
                }
            )]
        );
        assert_eq!(concluded.open, [(443, HERE.parse().unwrap())]);
    }

    #[test]
    fn a_port_that_was_not_tried_stays_open_in_the_ledger() {
        let concluded = conclude("80,443", &ports(&[(HERE, 80, Open)]), &HostPorts::default());
        assert!(concluded.settled.is_empty());
    }
}
