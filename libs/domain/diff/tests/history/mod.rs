//! Random histories: runs of drawn cells, from nothing to a state.
use std::collections::BTreeSet;

use proptest::prelude::*;
use wt_diff::{RunContext, State};
use wt_exposure::{
    AbsentReason, CellRun, CheckRef, Control, Evidence, InconclusiveReason, JobReport, Observation,
    PortSet, Settled, Subject, Transport,
};
use wt_model::{RunId, RunKind, Severity, TypedId};

/// A drawn cell: where, by what rules, and how it settled.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) host: u8,
    pub(crate) check: u8,
    pub(crate) digest: u8,
    pub(crate) strength: u8,
    pub(crate) settled: Settled,
    /// Discriminator and attribute of each thing seen.
    pub(crate) seen: Vec<(u8, u8)>,
}

pub(crate) const CHECKS: [&str; 4] = [
    "port.open",
    "tls.cert_expired",
    "http.git_config",
    "redis.open",
];

pub(crate) fn settled() -> impl Strategy<Value = Settled> {
    let control = prop_oneof![
        Just(Control::HostAnswered),
        Just(Control::PortAccepted),
        Just(Control::HandshakeCompleted),
        Just(Control::VhostAnswered),
        Just(Control::ZoneAnswered),
        Just(Control::NameAnswered),
    ];
    let gone = prop_oneof![
        Just(AbsentReason::NotThere),
        Just(AbsentReason::Closed),
        Just(AbsentReason::NameGone),
    ];
    let unclear = prop_oneof![
        Just(InconclusiveReason::Timeout),
        Just(InconclusiveReason::Refused),
    ];
    prop_oneof![
        3 => Just(Settled::Present),
        4 => (control, gone, any::<bool>()).prop_map(|(control, reason, confirmed)| {
            Settled::Absent { control, reason, confirmed }
        }),
        2 => unclear.prop_map(|reason| Settled::Inconclusive { reason }),
    ]
}

pub(crate) fn drawn() -> impl Strategy<Value = Drawn> {
    let seen = proptest::collection::vec((0..2u8, 0..2u8), 1..3);
    (0..2u8, 0..4u8, 0..2u8, 1..4u8, settled(), seen).prop_map(
        |(host, check, digest, strength, settled, seen)| Drawn {
            host,
            check,
            digest,
            strength,
            settled,
            seen,
        },
    )
}

/// The cells of one run: at most one of each subject × check, as contracts §4 has it.
pub(crate) fn run_cells() -> impl Strategy<Value = Vec<Drawn>> {
    proptest::collection::vec(drawn(), 0..6).prop_map(|mut cells| {
        let mut taken = BTreeSet::new();
        cells.retain(|cell| taken.insert((cell.host, cell.check)));
        cells
    })
}

pub(crate) fn history() -> impl Strategy<Value = Vec<(bool, Vec<Drawn>)>> {
    proptest::collection::vec((any::<bool>(), run_cells()), 1..7)
}

pub(crate) fn report(cells: &[Drawn]) -> JobReport {
    let mut report = JobReport::default();
    for cell in cells {
        let subject = Subject {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
            host: format!("h{}.example.com", cell.host),
            transport: Transport::Tcp,
            port: 443,
        };
        let check = CheckRef {
            id: CHECKS.get(usize::from(cell.check)).unwrap().to_string(),
            digest: format!("d{}", cell.digest),
        };
        report.cells.push(CellRun {
            asset_id: subject.asset_id,
            host: subject.host.clone(),
            transport: subject.transport,
            ports: PortSet::single(subject.port),
            checks: vec![check.clone()],
            settled: cell.settled.clone(),
            strength: cell.strength,
        });
        if cell.settled == Settled::Present {
            let mut listed = BTreeSet::new();
            for (discriminator, attribute) in &cell.seen {
                if listed.insert(*discriminator) {
                    report.observations.push(Observation {
                        subject: subject.clone(),
                        check: check.clone(),
                        discriminator: format!("d{discriminator}"),
                        attributes: [("value".to_owned(), attribute.to_string())].into(),
                        title: "title".to_owned(),
                        severity: Severity::High,
                        strength: cell.strength,
                        evidence: Evidence::default(),
                    });
                }
            }
        }
    }
    report
}

pub(crate) fn run(seq: usize, verify: bool) -> RunContext {
    let number = u128::try_from(seq).unwrap();
    RunContext {
        tenant_key: "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap(),
        run_id: RunId::from_ulid(number.into()),
        kind: if verify {
            RunKind::Verify
        } else {
            RunKind::OnDemand
        },
        seq: i64::try_from(seq).unwrap(),
    }
}

pub(crate) fn replay(history: &[(bool, Vec<Drawn>)]) -> State {
    let mut state = State::default();
    for (index, (verify, cells)) in history.iter().enumerate() {
        state.apply(&report(cells), &run(index + 1, *verify));
    }
    state
}
