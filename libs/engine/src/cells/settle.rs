//! The ledger of one host: each planned cell has exactly one outcome, by construction.
//!
//! A port is in one class; a class decides all its cells at once, except for inspected ports,
//! whose checks settle one by one. What nobody settled is `skipped`, never dropped.
use std::collections::BTreeMap;

use wt_exposure::{
    AbsentReason, CellRun, CheckRef, Control, InconclusiveReason, NAME_PORT, PortSet, Settled,
    Transport,
};

use super::PlannedHost;

/// Check id whose cells a reset settles (contracts §6).
pub(crate) const PORT_OPEN: &str = "port.open";

/// How all cells of a port are decided.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum PortClass {
    /// Not reached before the end.
    #[default]
    Left,
    /// RST; `control` says whether the host answered elsewhere, `confirmed` that a second probe
    /// of this port agreed.
    Closed {
        /// Whether another probe of the host was answered.
        has_control: bool,
        /// Whether the port reset twice.
        confirmed: bool,
    },
    /// All cells for one reason.
    Whole(InconclusiveReason),
    /// The host's name is gone, by the word of its zone's own servers.
    Gone,
    /// Inspected: outcome by check; missing ones are skipped.
    Inspected(BTreeMap<CheckRef, Settled>),
}

/// Outcomes of the cells of one host.
#[derive(Debug)]
pub(crate) struct HostLedger<'a> {
    planned: &'a PlannedHost,
    classes: BTreeMap<u16, PortClass>,
    of_name: BTreeMap<CheckRef, Settled>,
}

impl<'a> HostLedger<'a> {
    /// All cells open to be settled.
    pub(crate) fn new(planned: &'a PlannedHost) -> Self {
        Self {
            planned,
            classes: BTreeMap::new(),
            of_name: BTreeMap::new(),
        }
    }

    /// Decides a port; ports outside the plan have no cells and are ignored.
    pub(crate) fn settle(&mut self, port: u16, class: PortClass) {
        self.classes.insert(port, class);
    }

    /// Decides every port of the host.
    pub(crate) fn settle_all(&mut self, class: &PortClass) {
        for port in self.planned.ports().iter() {
            self.classes.insert(port, class.clone());
        }
    }

    /// Decides cells of the name itself; those that are left out are skipped.
    pub(crate) fn settle_name(&mut self, settled: BTreeMap<CheckRef, Settled>) {
        self.of_name = settled;
    }

    /// Ports that were inspected: something accepted there.
    pub(crate) fn answered(&self) -> PortSet {
        let inspected = self
            .classes
            .iter()
            .filter(|(_, class)| matches!(class, PortClass::Inspected(_)));
        inspected.map(|(port, _)| *port).collect()
    }

    /// Makes a cell of a port present that somebody else saw; false when it is already, or is
    /// none. The port's other cells stay as they settled.
    pub(crate) fn see(&mut self, port: u16, check: &CheckRef) -> bool {
        let Some(block) = self.planned.block_of(port) else {
            return false;
        };
        if !block.checks.contains(check) {
            return false;
        }
        let class = self.classes.entry(port).or_default();
        if !matches!(class, PortClass::Inspected(_)) {
            let each = block.checks.iter().map(|check| {
                let settled = whole_outcome(class, check.id == PORT_OPEN).settled();
                (check.clone(), settled)
            });
            *class = PortClass::Inspected(each.collect());
        }
        let PortClass::Inspected(outcomes) = class else {
            return false;
        };
        outcomes.insert(check.clone(), Settled::Present) != Some(Settled::Present)
    }

    /// The rows of the name's cells: checks that settled alike are one.
    fn rows_of_name(&self, strength: u8) -> Vec<CellRun> {
        let mut alike: BTreeMap<SettledKey, Vec<CheckRef>> = BTreeMap::new();
        for check in &self.planned.of_name {
            let key = self.of_name.get(check).map_or(SKIPPED, SettledKey::of);
            alike.entry(key).or_default().push(check.clone());
        }
        alike
            .into_iter()
            .map(|(key, checks)| CellRun {
                asset_id: self.planned.asset_id,
                host: self.planned.host.clone(),
                transport: Transport::Tcp,
                ports: PortSet::single(NAME_PORT),
                checks,
                settled: key.settled(),
                strength,
            })
            .collect()
    }

    /// The rows, run-length encoded, in a fixed order.
    pub(crate) fn into_rows(self, strength: u8) -> Vec<CellRun> {
        let mut rows = self.rows_of_name(strength);
        for block in &self.planned.blocks {
            // (outcome of one check) → ports, for each check; then checks with equal ports join.
            let mut by_check: BTreeMap<(&CheckRef, SettledKey), Vec<u16>> = BTreeMap::new();
            let mut uniform: BTreeMap<SettledKey, BTreeMap<bool, Vec<u16>>> = BTreeMap::new();
            for port in block.ports.iter() {
                match self.classes.get(&port).unwrap_or(&PortClass::Left) {
                    PortClass::Inspected(outcomes) => {
                        for check in &block.checks {
                            let key = outcomes.get(check).map_or(SKIPPED, SettledKey::of);
                            by_check.entry((check, key)).or_default().push(port);
                        }
                    }
                    class => {
                        for is_port_open in [true, false] {
                            uniform
                                .entry(whole_outcome(class, is_port_open))
                                .or_default()
                                .entry(is_port_open)
                                .or_default()
                                .push(port);
                        }
                    }
                }
            }
            let mut by_ports: BTreeMap<(SettledKey, Vec<u16>), Vec<CheckRef>> = BTreeMap::new();
            for ((check, key), ports) in by_check {
                by_ports
                    .entry((key, ports))
                    .or_default()
                    .push(check.clone());
            }
            for (key, groups) in uniform {
                for (is_port_open, ports) in groups {
                    let checks: Vec<CheckRef> = block
                        .checks
                        .iter()
                        .filter(|check| (check.id == PORT_OPEN) == is_port_open)
                        .cloned()
                        .collect();
                    by_ports.entry((key, ports)).or_default().extend(checks);
                }
            }
            rows.extend(by_ports.into_iter().filter(|(_, c)| !c.is_empty()).map(
                |((key, ports), mut checks)| {
                    checks.sort_unstable();
                    CellRun {
                        asset_id: self.planned.asset_id,
                        host: self.planned.host.clone(),
                        transport: Transport::Tcp,
                        ports: ports.into_iter().collect::<PortSet>(),
                        checks,
                        settled: key.settled(),
                        strength,
                    }
                },
            ));
        }
        rows
    }
}

fn whole_outcome(class: &PortClass, is_port_open: bool) -> SettledKey {
    match class {
        PortClass::Closed {
            has_control: true,
            confirmed,
        } if is_port_open => {
            SettledKey::Absent(Control::HostAnswered, AbsentReason::Closed, *confirmed)
        }
        PortClass::Closed { .. } => SettledKey::Inconclusive(InconclusiveReason::Refused),
        PortClass::Whole(reason) => SettledKey::Inconclusive(*reason),
        // Its servers were asked twice, so it is confirmed.
        PortClass::Gone => SettledKey::Absent(Control::ZoneAnswered, AbsentReason::NameGone, true),
        PortClass::Left | PortClass::Inspected(_) => SKIPPED,
    }
}

/// [`Settled`] with an order, to group by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SettledKey {
    Present,
    Absent(Control, AbsentReason, bool),
    Inconclusive(InconclusiveReason),
}

const SKIPPED: SettledKey = SettledKey::Inconclusive(InconclusiveReason::Skipped);

impl SettledKey {
    fn of(settled: &Settled) -> Self {
        match settled {
            Settled::Present => Self::Present,
            Settled::Absent {
                control,
                reason,
                confirmed,
            } => Self::Absent(*control, *reason, *confirmed),
            Settled::Inconclusive { reason } => Self::Inconclusive(*reason),
        }
    }

    fn settled(self) -> Settled {
        match self {
            Self::Present => Settled::Present,
            Self::Absent(control, reason, confirmed) => Settled::Absent {
                control,
                reason,
                confirmed,
            },
            Self::Inconclusive(reason) => Settled::Inconclusive { reason },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;
    use wt_exposure::{CheckRef, InconclusiveReason, PortSet, Settled};

    use super::{HostLedger, PortClass};
    use crate::cells::{PlanBlock, PlannedHost};

    fn check(id: &str) -> CheckRef {
        CheckRef {
            id: id.to_owned(),
            digest: "d".to_owned(),
        }
    }

    fn class() -> impl Strategy<Value = PortClass> {
        prop_oneof![
            Just(PortClass::Left),
            (any::<bool>(), any::<bool>()).prop_map(|(has_control, confirmed)| {
                PortClass::Closed {
                    has_control,
                    confirmed,
                }
            }),
            Just(PortClass::Whole(InconclusiveReason::Timeout)),
            Just(PortClass::Gone),
            prop::collection::btree_set(0..4_usize, 0..4).prop_map(|some| {
                let ids = ["port.open", "a", "b", "outside the plan"];
                let settled = some
                    .into_iter()
                    .map(|at| (check(ids[at]), Settled::Present));
                PortClass::Inspected(settled.collect())
            }),
        ]
    }

    #[test]
    fn what_somebody_else_saw_is_present_and_the_rest_of_its_port_stays_as_it_was() {
        let planned = PlannedHost {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: "192.0.2.1".to_owned(),
            blocks: vec![PlanBlock {
                ports: "80,81".parse().unwrap(),
                checks: vec![check("a"), check("port.open")],
            }],
            of_name: Vec::new(),
        };
        let mut ledger = HostLedger::new(&planned);
        ledger.settle(80, PortClass::Whole(InconclusiveReason::Timeout));
        assert!(ledger.see(80, &check("port.open")));
        assert!(!ledger.see(80, &check("port.open")), "only once");
        assert!(!ledger.see(80, &check("b")) && !ledger.see(82, &check("a")));
        assert_eq!(ledger.answered().to_string(), "80");
        let settled: Vec<(String, String, Settled)> = ledger
            .into_rows(1)
            .into_iter()
            .map(|row| (row.ports.to_string(), row.checks[0].id.clone(), row.settled))
            .collect();
        let unclear = |reason| Settled::Inconclusive { reason };
        assert_eq!(settled.len(), 3, "{settled:?}");
        assert!(settled.contains(&("80".to_owned(), "port.open".to_owned(), Settled::Present)));
        let silent = unclear(InconclusiveReason::Timeout);
        assert!(settled.contains(&("80".to_owned(), "a".to_owned(), silent)));
        let skipped = unclear(InconclusiveReason::Skipped);
        assert!(settled.contains(&("81".to_owned(), "a".to_owned(), skipped)));
    }

    proptest! {
        #[test]
        fn whatever_becomes_of_ports_each_planned_cell_has_one_outcome(
            first in prop::collection::btree_set(1..60_u16, 0..30),
            second in prop::collection::btree_set(60..120_u16, 0..30),
            classes in prop::collection::btree_map(0..130_u16, class(), 0..80),
            of_name in prop::collection::btree_set(0..4_usize, 0..4),
            settled in prop::collection::btree_set(0..5_usize, 0..5),
        ) {
            let name_check = |at: &usize| check(&format!("dns.{at}"));
            let block = |ports: &BTreeSet<u16>, checks: &[&str]| PlanBlock {
                ports: ports.iter().copied().collect::<PortSet>(),
                checks: checks.iter().map(|id| check(id)).collect(),
            };
            let planned = PlannedHost {
                asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
                host: "192.0.2.1".to_owned(),
                blocks: vec![block(&first, &["a", "b", "port.open"]), block(&second, &["b"])],
                of_name: of_name.iter().map(name_check).collect(),
            };
            let mut ledger = HostLedger::new(&planned);
            for (port, class) in classes {
                ledger.settle(port, class);
            }
            ledger.settle_name(settled.iter().map(|at| (name_check(at), Settled::Present)).collect());
            let mut times: BTreeMap<(u16, String), u32> = BTreeMap::new();
            let rows = ledger.into_rows(2);
            for row in &rows {
                for port in row.ports.iter() {
                    for check in &row.checks {
                        *times.entry((port, check.id.clone())).or_default() += 1;
                    }
                }
            }
            prop_assert!(times.values().all(|count| *count == 1));
            prop_assert_eq!(u64::try_from(times.len()).unwrap(), planned.cells());
            prop_assert_eq!(rows.iter().map(wt_exposure::CellRun::len).sum::<u64>(), planned.cells());
        }
    }
}
