//! This service's way: from the stored bytes of a result to the commit.
use std::sync::Arc;

use time::OffsetDateTime;
use ulid::Ulid;
use wt_envelope::SigningKey;
use wt_exposure::JobReport;
use wt_lifecycle::StartError;
use wt_model::{JobId, Principal, RunId, TenantKey, TypedId};
use wt_pg::Pool;
use wt_proto::{
    Message,
    convert::{report_to_wire, to_timestamp},
    event::ScanAccepted,
    scan,
};

use super::report::{CHECKS, asset, check};
use crate::{
    domain::plan::{same_attempt, within_plan},
    events::{
        apply_result::{Settlement, Verdict, settle},
        scan_accepted::unpack,
    },
    ledger_keys::LedgerKeys,
};

/// A result as the object store holds it, with the job it answers.
pub(super) struct Stored {
    tenant: TenantKey,
    job: scan::Job,
    accepted: ScanAccepted,
    packed: Vec<u8>,
}

impl Stored {
    pub(super) fn new(tenant: TenantKey, seq: i64, report: &JobReport) -> Self {
        let (job_id, run_id) = (
            JobId::from_ulid(Ulid::generate()).to_string(),
            RunId::from_ulid(Ulid::generate()).to_string(),
        );
        let hosts: std::collections::BTreeSet<&str> =
            report.cells.iter().map(|cell| cell.host.as_str()).collect();
        let target = |host: &str| scan::Target {
            asset_id: asset().to_string(),
            host: host.to_owned(),
            ports: "1-65535".to_owned(),
        };
        let planned = |number| {
            let check = check(number);
            scan::Check {
                id: check.id,
                digest: check.digest,
            }
        };
        let job = scan::Job {
            job_id: job_id.clone(),
            run_id: run_id.clone(),
            tenant_key: tenant.to_string(),
            kind: "on_demand".to_owned(),
            profile: "baseline".to_owned(),
            targets: hosts.into_iter().map(target).collect(),
            checks: (0..CHECKS).map(planned).collect(),
            strength: 2,
            run_seq: seq,
            ..Default::default()
        };
        let mut result = scan::JobResult {
            job_id: job_id.clone(),
            run_id: run_id.clone(),
            tenant_key: tenant.to_string(),
            attempt: 1,
            finished_at: Some(to_timestamp(OffsetDateTime::now_utc())),
            ..Default::default()
        };
        report_to_wire(report, &mut result);
        let packed = zstd::encode_all(result.encode_to_vec().as_slice(), 3).unwrap_or_default();
        let accepted = ScanAccepted {
            job_id,
            run_id,
            attempt: 1,
            run_seq: seq,
            run_kind: job.kind.clone(),
            profile: job.profile.clone(),
            ..Default::default()
        };
        Self {
            tenant,
            job,
            accepted,
            packed,
        }
    }

    pub(super) async fn apply(&self, pool: &Pool) -> Result<(), StartError> {
        let (result, report) = unpack(&self.packed)?;
        same_attempt(self.tenant, &self.accepted, &self.job, &result)?;
        within_plan(&self.job, &report)?;
        let principal = Principal::service("scan-orchestrator", self.tenant);
        let settlement = Settlement {
            ledger_keys: Arc::new(LedgerKeys::of(SigningKey::from_seed(&[1; 32])?)),
            accepted: self.accepted.clone(),
            message_id: self.accepted.job_id.clone(),
            verdict: Verdict::Apply {
                job: Box::new(self.job.clone()),
                result: Box::new(result),
                report,
            },
        };
        settle(pool, &principal, Arc::new(settlement)).await?;
        Ok(())
    }
}
