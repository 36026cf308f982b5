//! Whether a result says only what its signed job asked for (contracts §4).
//!
//! A result that claims a cell outside its job's plan, twice, or seen without saying so, is
//! refused whole: half a lie is no coverage.
use std::collections::{BTreeMap, BTreeSet};

use wt_exposure::{
    CellRun, JobReport, NAME_PORT, PortSet, Settled, Transport, fold_host, is_name, looks_at_name,
};
use wt_fault::{Fault, Kind};
use wt_model::TenantKey;
use wt_proto::{event::ScanAccepted, scan};

/// Why a whole result is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// The job behind it is not signed by anybody trusted.
    #[error("the job's signature does not hold: {reason}")]
    JobNotTrusted {
        /// Why.
        reason: String,
    },
    /// It, the event and the job do not speak of the same attempt.
    #[error("the result is not of this job: {field} differs")]
    OtherJob {
        /// What differs.
        field: &'static str,
    },
    /// The stored bytes are missing, too long, or not those of the digest.
    #[error("the stored result can't be used: {reason}")]
    Artifact {
        /// Why.
        reason: String,
    },
    /// The bytes are no result.
    #[error("the result can't be read: {reason}")]
    Unreadable {
        /// Why.
        reason: String,
    },
    /// A cell nobody planned.
    #[error("the result claims {place}, which its job did not plan")]
    OutOfPlan {
        /// The cell.
        place: String,
    },
    /// A cell that settled twice, or was seen without being present.
    #[error("the result contradicts itself about {place}")]
    Contradiction {
        /// The cell.
        place: String,
    },
}

impl Fault for Refusal {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }

    fn code(&self) -> &str {
        match self {
            Self::JobNotTrusted { .. } => "result.job_not_trusted",
            Self::OtherJob { .. } => "result.other_job",
            Self::Artifact { .. } => "result.artifact_unusable",
            Self::Unreadable { .. } => "result.unreadable",
            Self::OutOfPlan { .. } => "result.out_of_plan",
            Self::Contradiction { .. } => "result.contradiction",
        }
    }
}

/// Whether event, job and result speak of the same attempt of the same organization's job.
pub(crate) fn same_attempt(
    tenant_key: TenantKey,
    accepted: &ScanAccepted,
    job: &scan::Job,
    result: &scan::JobResult,
) -> Result<(), Refusal> {
    let tenant_key = tenant_key.to_string();
    let rows = [
        (
            "tenant_key",
            job.tenant_key == tenant_key && result.tenant_key == tenant_key,
        ),
        (
            "job_id",
            job.job_id == accepted.job_id && result.job_id == accepted.job_id,
        ),
        (
            "run_id",
            job.run_id == accepted.run_id && result.run_id == accepted.run_id,
        ),
        ("attempt", result.attempt == accepted.attempt),
        ("run_seq", job.run_seq == accepted.run_seq),
        ("run_kind", job.kind == accepted.run_kind),
        ("profile", job.profile == accepted.profile),
    ];
    match rows.into_iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(Refusal::OtherJob { field }),
        None => Ok(()),
    }
}

/// Whether every cell and observation of `report` is one the job planned, once.
pub(crate) fn within_plan(job: &scan::Job, report: &JobReport) -> Result<(), Refusal> {
    let plan = Plan::of(job)?;
    let mut settled: BTreeMap<(&str, &str), Vec<&CellRun>> = BTreeMap::new();
    for cell in &report.cells {
        plan.check_cell(cell)?;
        for check in &cell.checks {
            let rows = settled.entry((&cell.host, &check.id)).or_default();
            let same =
                |row: &&CellRun| row.asset_id == cell.asset_id && overlap(&row.ports, &cell.ports);
            if rows.iter().any(same) {
                return Err(Refusal::Contradiction {
                    place: place(&cell.host, &cell.ports, &check.id),
                });
            }
            rows.push(cell);
        }
    }
    for seen in &report.observations {
        let rows = settled.get(&(seen.subject.host.as_str(), seen.check.id.as_str()));
        let present = rows.into_iter().flatten().any(|cell| {
            cell.asset_id == seen.subject.asset_id
                && cell.transport == seen.subject.transport
                && cell.ports.contains(seen.subject.port)
                && cell.settled == Settled::Present
        });
        if !present {
            let ports = PortSet::single(seen.subject.port);
            return Err(Refusal::Contradiction {
                place: place(&seen.subject.host, &ports, &seen.check.id),
            });
        }
    }
    Ok(())
}

fn overlap(one: &PortSet, other: &PortSet) -> bool {
    one.ranges().iter().any(|(low, high)| {
        other
            .ranges()
            .iter()
            .any(|(start, end)| low <= end && start <= high)
    })
}

fn place(host: &str, ports: &PortSet, check: &str) -> String {
    let text = format!("{check} on {host} port {ports}");
    text.chars().take(200).collect()
}

/// What a job may say something about. Hosts in their one spelling, as reports have them.
struct Plan<'a> {
    /// Digest by check id; an empty one leaves it to the engine.
    checks: BTreeMap<&'a str, &'a str>,
    /// Ports by (asset, host).
    targets: BTreeMap<(&'a str, String), PortSet>,
    /// For a verify job, exactly these (asset, host, port, check).
    known: Option<BTreeSet<(&'a str, String, u32, &'a str)>>,
    strength: u32,
}

impl<'a> Plan<'a> {
    fn of(job: &'a scan::Job) -> Result<Self, Refusal> {
        let mut ranges: BTreeMap<(&str, String), Vec<(u16, u16)>> = BTreeMap::new();
        for target in &job.targets {
            let ports: PortSet = target.ports.parse().map_err(|_| Refusal::Unreadable {
                reason: "the job's ports".to_owned(),
            })?;
            ranges
                .entry((&target.asset_id, fold_host(&target.host)))
                .or_default()
                .extend(ports.ranges());
        }
        let only_known = job.kind == "verify" || !job.exposure_keys.is_empty();
        let known = only_known.then(|| {
            let cells = job.known.iter();
            cells
                .map(|c| {
                    (
                        c.asset_id.as_str(),
                        fold_host(&c.host),
                        c.port,
                        c.check_id.as_str(),
                    )
                })
                .collect()
        });
        Ok(Self {
            checks: job
                .checks
                .iter()
                .map(|c| (c.id.as_str(), c.digest.as_str()))
                .collect(),
            targets: ranges
                .into_iter()
                .map(|(host, ranges)| (host, ranges.into_iter().collect()))
                .collect(),
            known,
            strength: job.strength,
        })
    }

    fn check_cell(&self, cell: &CellRun) -> Result<(), Refusal> {
        let asset = cell.asset_id.to_string();
        for check in &cell.checks {
            let digest = self.checks.get(check.id.as_str());
            let planned_check = digest.is_some_and(|d| d.is_empty() || **d == check.digest);
            let planned_ports = match &self.known {
                Some(known) => cell.ports.iter().all(|port| {
                    known.contains(&(
                        asset.as_str(),
                        cell.host.clone(),
                        u32::from(port),
                        check.id.as_str(),
                    ))
                }),
                None => self
                    .targets
                    .get(&(asset.as_str(), cell.host.clone()))
                    .is_some_and(|ports| {
                        if looks_at_name(&check.id) {
                            is_name(&cell.host) && cell.ports == PortSet::single(NAME_PORT)
                        } else {
                            cell.ports.is_subset(ports)
                        }
                    }),
            };
            let as_strong = u32::from(cell.strength) == self.strength;
            if !(planned_check && planned_ports && as_strong && cell.transport == Transport::Tcp) {
                return Err(Refusal::OutOfPlan {
                    place: place(&cell.host, &cell.ports, &check.id),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wt_exposure::{CellRun, CheckRef, JobReport, PortSet, Settled, Transport};
    use wt_proto::scan;

    use super::within_plan;

    const ASSET: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV";

    fn job(host: &str) -> scan::Job {
        scan::Job {
            targets: vec![scan::Target {
                asset_id: ASSET.to_owned(),
                host: host.to_owned(),
                ports: "80".to_owned(),
            }],
            checks: ["port.open", "dns.caa.missing"]
                .map(|id| scan::Check {
                    id: id.to_owned(),
                    digest: "d".to_owned(),
                })
                .to_vec(),
            ..scan::Job::default()
        }
    }

    fn is_within(host: &str, port: u16, check: &str) -> bool {
        let cell = CellRun {
            asset_id: ASSET.parse().unwrap(),
            host: host.to_owned(),
            transport: Transport::Tcp,
            ports: PortSet::single(port),
            checks: vec![CheckRef {
                id: check.to_owned(),
                digest: "d".to_owned(),
            }],
            settled: Settled::Present,
            strength: 0,
        };
        let report = JobReport {
            cells: vec![cell],
            ..JobReport::default()
        };
        within_plan(&job(host), &report).is_ok()
    }

    #[test]
    fn a_check_of_names_has_its_cell_at_the_name_and_nowhere_else() {
        assert!(is_within("shop.example", 0, "dns.caa.missing"));
        assert!(is_within("shop.example", 80, "port.open"));
        for (host, port, check) in [
            ("shop.example", 80, "dns.caa.missing"),
            ("shop.example", 0, "port.open"),
            ("shop.example", 0, "dns.unplanned"),
            ("192.0.2.1", 0, "dns.caa.missing"),
        ] {
            assert!(!is_within(host, port, check), "{check} on {host}:{port}");
        }
    }
}
