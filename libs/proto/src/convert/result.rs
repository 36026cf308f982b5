//! Job results: `watchtower.scan.v1` rows and the domain's [`JobReport`].
use serde::{Serialize, de::DeserializeOwned};
use wt_exposure::{
    CellRun, CheckInfo, CheckRef, Evidence, JobReport, Observation, ScopeDenial, Settled, Subject,
    Transport,
};

use super::{InvalidMessage, parse};
use crate::scan;

/// Puts a report into a result's rows.
pub fn report_to_wire(report: &JobReport, result: &mut scan::JobResult) {
    result.cells = report.cells.iter().map(cell_to_wire).collect();
    result.observations = report
        .observations
        .iter()
        .map(observation_to_wire)
        .collect();
    result.checks = report.checks.iter().map(check_to_wire).collect();
    result.denials = report.denials.iter().map(denial_to_wire).collect();
}

/// Reads a result's rows; the first bad field refuses the whole.
pub fn report_from_wire(result: &scan::JobResult) -> Result<JobReport, InvalidMessage> {
    Ok(JobReport {
        cells: result
            .cells
            .iter()
            .map(cell_from_wire)
            .collect::<Result<_, _>>()?,
        observations: result
            .observations
            .iter()
            .map(observation_from_wire)
            .collect::<Result<_, _>>()?,
        checks: result
            .checks
            .iter()
            .map(check_from_wire)
            .collect::<Result<_, _>>()?,
        denials: result
            .denials
            .iter()
            .map(denial_from_wire)
            .collect::<Result<_, _>>()?,
    })
}

fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn from_word<T: DeserializeOwned>(field: &str, word: &str) -> Result<T, InvalidMessage> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| InvalidMessage::new(field, error))
}

fn port(field: &str, port: u32) -> Result<u16, InvalidMessage> {
    u16::try_from(port).map_err(|_| InvalidMessage::new(field, "not a port"))
}

fn strength(field: &str, strength: u32) -> Result<u8, InvalidMessage> {
    u8::try_from(strength).map_err(|_| InvalidMessage::new(field, "not a strength"))
}

fn cell_to_wire(cell: &CellRun) -> scan::CellRun {
    let (outcome, control, reason, confirmed) = match &cell.settled {
        Settled::Present => ("present", String::new(), String::new(), false),
        Settled::Absent {
            control,
            reason,
            confirmed,
        } => ("absent", word(control), word(reason), *confirmed),
        Settled::Inconclusive { reason } => ("inconclusive", String::new(), word(reason), false),
    };
    scan::CellRun {
        asset_id: cell.asset_id.to_string(),
        host: cell.host.clone(),
        transport: word(&cell.transport),
        ports: cell.ports.to_string(),
        checks: cell
            .checks
            .iter()
            .map(|check| scan::CheckRef {
                id: check.id.clone(),
                digest: check.digest.clone(),
            })
            .collect(),
        outcome: outcome.to_owned(),
        control,
        reason,
        confirmed,
        strength: u32::from(cell.strength),
    }
}

fn cell_from_wire(wire: &scan::CellRun) -> Result<CellRun, InvalidMessage> {
    let settled = match wire.outcome.as_str() {
        "present" => Settled::Present,
        "absent" => Settled::Absent {
            control: from_word("cells.control", &wire.control)?,
            reason: from_word("cells.reason", &wire.reason)?,
            confirmed: wire.confirmed,
        },
        "inconclusive" => Settled::Inconclusive {
            reason: from_word("cells.reason", &wire.reason)?,
        },
        _ => return Err(InvalidMessage::new("cells.outcome", "not an outcome")),
    };
    Ok(CellRun {
        asset_id: parse("cells.asset_id", &wire.asset_id)?,
        host: wire.host.clone(),
        transport: from_word::<Transport>("cells.transport", &wire.transport)?,
        ports: parse("cells.ports", &wire.ports)?,
        checks: wire
            .checks
            .iter()
            .map(|check| CheckRef {
                id: check.id.clone(),
                digest: check.digest.clone(),
            })
            .collect(),
        settled,
        strength: strength("cells.strength", wire.strength)?,
    })
}

fn observation_to_wire(seen: &Observation) -> scan::Observation {
    scan::Observation {
        asset_id: seen.subject.asset_id.to_string(),
        host: seen.subject.host.clone(),
        transport: word(&seen.subject.transport),
        port: u32::from(seen.subject.port),
        check_id: seen.check.id.clone(),
        check_digest: seen.check.digest.clone(),
        discriminator: seen.discriminator.clone(),
        attributes: seen.attributes.clone(),
        title: seen.title.clone(),
        severity: seen.severity.to_string(),
        strength: u32::from(seen.strength),
        evidence: Some(scan::Evidence {
            address: seen
                .evidence
                .address
                .map(|a| a.to_string())
                .unwrap_or_default(),
            request: seen.evidence.request.clone(),
            response: seen.evidence.response.clone(),
            response_sha256: seen.evidence.response_sha256.clone(),
            certificate: seen.evidence.certificate.clone().unwrap_or_default(),
            matched: seen.evidence.matched.clone(),
            elapsed_ms: seen.evidence.elapsed_ms,
        }),
    }
}

fn observation_from_wire(wire: &scan::Observation) -> Result<Observation, InvalidMessage> {
    let evidence = wire.evidence.clone().unwrap_or_default();
    Ok(Observation {
        subject: Subject {
            asset_id: parse("observations.asset_id", &wire.asset_id)?,
            host: wire.host.clone(),
            transport: from_word("observations.transport", &wire.transport)?,
            port: port("observations.port", wire.port)?,
        },
        check: CheckRef {
            id: wire.check_id.clone(),
            digest: wire.check_digest.clone(),
        },
        discriminator: wire.discriminator.clone(),
        attributes: wire.attributes.clone(),
        title: wire.title.clone(),
        severity: parse("observations.severity", &wire.severity)?,
        strength: strength("observations.strength", wire.strength)?,
        evidence: Evidence {
            address: if evidence.address.is_empty() {
                None
            } else {
                Some(parse("observations.evidence.address", &evidence.address)?)
            },
            request: evidence.request,
            response: evidence.response,
            response_sha256: evidence.response_sha256,
            certificate: (!evidence.certificate.is_empty()).then_some(evidence.certificate),
            matched: evidence.matched,
            elapsed_ms: evidence.elapsed_ms,
        },
    })
}

fn check_to_wire(info: &CheckInfo) -> scan::CheckInfo {
    scan::CheckInfo {
        id: info.check.id.clone(),
        digest: info.check.digest.clone(),
        title: info.title.clone(),
        severity: info.severity.to_string(),
        description: info.description.clone(),
        remediation: info.remediation.clone(),
        references: info.references.clone(),
        cwe: info.cwe.clone(),
        cve: info.cve.clone(),
        cvss_vector: info.cvss_vector.clone(),
    }
}

fn check_from_wire(wire: &scan::CheckInfo) -> Result<CheckInfo, InvalidMessage> {
    Ok(CheckInfo {
        check: CheckRef {
            id: wire.id.clone(),
            digest: wire.digest.clone(),
        },
        title: wire.title.clone(),
        severity: parse("checks.severity", &wire.severity)?,
        description: wire.description.clone(),
        remediation: wire.remediation.clone(),
        references: wire.references.clone(),
        cwe: wire.cwe.clone(),
        cve: wire.cve.clone(),
        cvss_vector: wire.cvss_vector.clone(),
    })
}

fn denial_to_wire(denial: &ScopeDenial) -> scan::ScopeDenial {
    scan::ScopeDenial {
        host: denial.host.clone(),
        address: denial.address.map(|a| a.to_string()).unwrap_or_default(),
        port: u32::from(denial.port),
        reason: denial.reason.clone(),
        via: denial.via.clone(),
    }
}

fn denial_from_wire(wire: &scan::ScopeDenial) -> Result<ScopeDenial, InvalidMessage> {
    Ok(ScopeDenial {
        host: wire.host.clone(),
        address: if wire.address.is_empty() {
            None
        } else {
            Some(parse("denials.address", &wire.address)?)
        },
        port: port("denials.port", wire.port)?,
        reason: wire.reason.clone(),
        via: wire.via.clone(),
    })
}
