//! What a run saw and how its result is told.
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;
use ulid::Ulid;
use wt_exposure::{
    AbsentReason, CellRun, CheckInfo, CheckRef, Control, Evidence, InconclusiveReason, JobReport,
    Observation, PortSet, Settled, Subject, Transport,
};
use wt_model::{AssetId, JobId, RunId, Severity, TenantKey, TypedId};
use wt_proto::{event::ScanAccepted, scan};

pub(crate) const CHECK: &str = "http.git_config";
pub(crate) const HOST: &str = "www.example.com";
const DIGEST: &str = "0123456789abcdef";

static SEQ: AtomicI64 = AtomicI64::new(0);

/// What one run looked at and how it is told.
#[derive(Clone)]
pub(crate) struct Told {
    pub(crate) tenant: TenantKey,
    pub(crate) job: scan::Job,
    pub(crate) report: JobReport,
    pub(crate) finished_at: OffsetDateTime,
    pub(crate) message: ScanAccepted,
}

pub(crate) fn asset() -> AssetId {
    "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()
}

pub(crate) fn gone() -> Settled {
    Settled::Absent {
        control: Control::VhostAnswered,
        reason: AbsentReason::NotThere,
        confirmed: true,
    }
}

pub(crate) fn silent() -> Settled {
    Settled::Inconclusive {
        reason: InconclusiveReason::Timeout,
    }
}

/// A run of the given kind whose one check on one host settled like this on these ports.
pub(crate) fn told(tenant: TenantKey, kind: &str, cells: &[(u16, Settled)]) -> Told {
    told_of(tenant, kind, cells, "1")
}

/// As [`told`], with the value of the one declared attribute of what is seen.
pub(crate) fn told_of(
    tenant: TenantKey,
    kind: &str,
    cells: &[(u16, Settled)],
    value: &str,
) -> Told {
    let seq = SEQ.fetch_add(1, Ordering::Relaxed) + 1;
    let ports: PortSet = cells.iter().map(|(port, _)| *port).collect();
    let (profile, strength) = if kind == "verify" {
        ("verify", 3)
    } else {
        ("baseline", 2)
    };
    let job = scan::Job {
        job_id: JobId::from_ulid(Ulid::generate()).to_string(),
        run_id: RunId::from_ulid(Ulid::generate()).to_string(),
        tenant_key: tenant.to_string(),
        kind: kind.to_owned(),
        profile: profile.to_owned(),
        targets: vec![scan::Target {
            asset_id: asset().to_string(),
            host: HOST.to_owned(),
            ports: ports.to_string(),
        }],
        checks: vec![scan::Check {
            id: CHECK.to_owned(),
            digest: DIGEST.to_owned(),
        }],
        known: cells.iter().map(|(port, _)| known(*port)).collect(),
        authorization_ids: vec!["auz_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned()],
        strength,
        run_seq: seq,
        requested_by: "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        ..Default::default()
    };
    let mut report = JobReport {
        checks: vec![texts()],
        ..Default::default()
    };
    for (port, settled) in cells {
        report.cells.push(cell(
            *port,
            settled.clone(),
            u8::try_from(strength).unwrap(),
        ));
        if *settled == Settled::Present {
            report
                .observations
                .push(seen(*port, value, u8::try_from(strength).unwrap()));
        }
    }
    Told {
        tenant,
        job,
        report,
        finished_at: OffsetDateTime::now_utc(),
        message: ScanAccepted::default(),
    }
}

fn known(port: u16) -> scan::KnownCell {
    scan::KnownCell {
        asset_id: asset().to_string(),
        host: HOST.to_owned(),
        transport: "tcp".to_owned(),
        port: u32::from(port),
        check_id: CHECK.to_owned(),
    }
}

fn check() -> CheckRef {
    CheckRef {
        id: CHECK.to_owned(),
        digest: DIGEST.to_owned(),
    }
}

fn texts() -> CheckInfo {
    CheckInfo {
        check: check(),
        title: "Exposed Git repository".to_owned(),
        severity: Severity::High,
        description: "The configuration of a Git repository can be read.".to_owned(),
        remediation: "Do not serve the .git directory.".to_owned(),
        references: vec!["https://cwe.mitre.org/data/definitions/527.html".to_owned()],
        cwe: vec![527],
        cve: Vec::new(),
        cvss_vector: String::new(),
    }
}

pub(crate) fn cell(port: u16, settled: Settled, strength: u8) -> CellRun {
    CellRun {
        asset_id: asset(),
        host: HOST.to_owned(),
        transport: Transport::Tcp,
        ports: PortSet::single(port),
        checks: vec![check()],
        settled,
        strength,
    }
}

pub(crate) fn seen(port: u16, value: &str, strength: u8) -> Observation {
    Observation {
        subject: Subject {
            asset_id: asset(),
            host: HOST.to_owned(),
            transport: Transport::Tcp,
            port,
        },
        check: check(),
        discriminator: "/.git/config".to_owned(),
        attributes: [("value".to_owned(), value.to_owned())].into(),
        title: "Exposed Git repository".to_owned(),
        severity: Severity::High,
        strength,
        evidence: Evidence {
            address: Some("192.0.2.1".parse().unwrap()),
            request: b"GET /.git/config HTTP/1.1\r\n\r\n".to_vec(),
            response: b"[core]".to_vec(),
            response_sha256: "00".repeat(32),
            certificate: None,
            matched: vec!["[core]".to_owned()],
            elapsed_ms: 3,
        },
    }
}
