//! Results made up for the bench.
use std::collections::BTreeMap;

use ulid::Ulid;
use wt_exposure::{
    AbsentReason, CellRun, CheckRef, Control, Evidence, JobReport, Observation, PortSet, Settled,
    Subject, Transport,
};
use wt_model::{AssetId, Severity, TypedId};

/// Checks of each host.
pub(super) const CHECKS: u16 = 10;

/// Port of the first slot.
pub(super) const PORT_FIRST: u16 = 1_000;

/// Which slots of each host and check are there: before `0..before`; after the delta
/// `gone..end`, of which `gone..changed` look different.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mix {
    pub(super) before: u16,
    pub(super) gone: u16,
    pub(super) changed: u16,
    pub(super) end: u16,
}

/// That of design/speed.md: of 100, 5 are gone, 5 changed, 15 new and 75 unchanged.
pub(super) const SPEED: Mix = Mix {
    before: 85,
    gone: 5,
    changed: 10,
    end: 100,
};

/// A re-import: of 100, 10 are gone, 10 changed, 10 others new.
pub(super) const REIMPORT: Mix = Mix {
    before: 100,
    gone: 10,
    changed: 20,
    end: 110,
};

pub(super) fn asset() -> AssetId {
    AssetId::from_ulid(Ulid::from(1_u128))
}

pub(super) fn check(number: u16) -> CheckRef {
    CheckRef {
        id: format!("http.bench_{number}"),
        digest: "0123456789abcdef".to_owned(),
    }
}

pub(super) fn observation(host: &str, check_number: u16, slot: u16, value: &str) -> Observation {
    Observation {
        subject: Subject {
            asset_id: asset(),
            host: host.to_owned(),
            transport: Transport::Tcp,
            port: PORT_FIRST + slot,
        },
        check: check(check_number),
        discriminator: "/index.html".to_owned(),
        attributes: BTreeMap::from([
            ("product".to_owned(), "nginx".to_owned()),
            ("version".to_owned(), value.to_owned()),
        ]),
        title: "A finding of the bench".to_owned(),
        severity: Severity::Medium,
        strength: 2,
        evidence: Evidence {
            request: b"GET /index.html HTTP/1.1\r\nhost: bench\r\n\r\n".to_vec(),
            response: vec![b'x'; 256],
            response_sha256: "0".repeat(64),
            ..Evidence::default()
        },
    }
}

/// The slots of a host and check and what is seen in each: before the delta, or after it.
pub(super) fn report(hosts: u16, mix: Mix, delta: bool) -> JobReport {
    let mut report = JobReport::default();
    let (first, end) = if delta {
        (mix.gone, mix.end)
    } else {
        (0, mix.before)
    };
    for host in 0..hosts {
        let host = format!("h{host}.bench.example");
        for number in 0..CHECKS {
            for slot in first..end {
                let value = if delta && slot < mix.changed {
                    "2"
                } else {
                    "1"
                };
                report
                    .observations
                    .push(observation(&host, number, slot, value));
            }
            let row = |ports: PortSet, settled| CellRun {
                asset_id: asset(),
                host: host.clone(),
                transport: Transport::Tcp,
                ports,
                checks: vec![check(number)],
                settled,
                strength: 2,
            };
            let ports = PortSet::from_iter([(PORT_FIRST + first, PORT_FIRST + end - 1)]);
            report.cells.push(row(ports, Settled::Present));
            if delta {
                let ports = PortSet::from_iter([(PORT_FIRST, PORT_FIRST + mix.gone - 1)]);
                let gone = Settled::Absent {
                    control: Control::VhostAnswered,
                    reason: AbsentReason::NotThere,
                    confirmed: true,
                };
                report.cells.push(row(ports, gone));
            }
        }
    }
    report
}
