//! From a planned shard to a signed job (contracts §3).

use std::path::Path;

use time::OffsetDateTime;
use wt_envelope::{SigningKey, sign};
use wt_model::{JobId, Policy, Pool, Principal, Profile, RunId, RunKind, TenantKey};
use wt_proto::{
    Message,
    convert::{JOB_PAYLOAD_TYPE, job_envelope_to_wire, to_timestamp},
    scan,
};
use wt_telemetry::propagate;

use crate::{
    config::ProfileTools,
    domain::{
        deadline::{ATTEMPT_DEADLINE, ATTEMPTS_MAX},
        plan::JobPlan,
    },
};

/// Signs jobs; cheap to share.
pub(crate) struct Signer {
    key: SigningKey,
    tools: ProfileTools,
}

/// Why the signing key can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignerFault {
    /// The file can't be read.
    #[error("the job signing key {path} can't be read")]
    File {
        /// Where it should be.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no key.
    #[error("the job signing key can't be used")]
    Key(#[from] wt_envelope::KeyFault),
}

/// What every job of a run shares.
pub(crate) struct RunFacts<'a> {
    pub(crate) run_id: RunId,
    pub(crate) tenant_key: TenantKey,
    pub(crate) seq: i64,
    pub(crate) kind: RunKind,
    pub(crate) profile: Profile,
    pub(crate) policy: Policy,
    pub(crate) exposure_keys: &'a [String],
    /// What is never scanned.
    pub(crate) exclusions: &'a [String],
    pub(crate) check_set_digest: &'a str,
    pub(crate) requested_by: &'a Principal,
    pub(crate) now: OffsetDateTime,
    pub(crate) deadline_at: OffsetDateTime,
    pub(crate) pool: Pool,
}

impl Signer {
    /// Reads the Ed25519 key (PKCS#8 PEM); jobs name the `tools` of their profile.
    pub(crate) fn load(path: &Path, tools: ProfileTools) -> Result<Self, SignerFault> {
        let text = std::fs::read_to_string(path).map_err(|source| SignerFault::File {
            path: path.display().to_string(),
            source,
        })?;
        Ok(Self {
            key: SigningKey::from_pkcs8_pem(&text)?,
            tools,
        })
    }

    /// The signed job of one shard.
    pub(crate) fn sign(&self, id: JobId, plan: &JobPlan, run: &RunFacts<'_>) -> scan::JobEnvelope {
        let job = scan::Job {
            job_id: id.to_string(),
            run_id: run.run_id.to_string(),
            tenant_key: run.tenant_key.to_string(),
            attempt_ceiling: ATTEMPTS_MAX,
            kind: run.kind.to_string(),
            profile: run.profile.to_string(),
            policy: run.policy.to_string(),
            targets: plan
                .targets
                .iter()
                .map(|target| scan::Target {
                    asset_id: target.asset_id.to_string(),
                    host: target.host.clone(),
                    ports: target.ports.to_string(),
                })
                .collect(),
            scope: Some(scan::Scope {
                hosts: plan.hosts.iter().cloned().collect(),
                networks: plan.networks.iter().cloned().collect(),
                ports: plan.ports.to_string(),
                exclusions: run.exclusions.to_vec(),
            }),
            authorization_ids: plan.rests_on.values().cloned().collect(),
            checks: plan
                .checks
                .iter()
                .map(|check| scan::Check {
                    id: check.id.clone(),
                    digest: check.digest.clone(),
                })
                .collect(),
            check_set_digest: run.check_set_digest.to_owned(),
            limits: Some(scan::Limits {
                deadline_ms: u64::try_from(ATTEMPT_DEADLINE.whole_milliseconds())
                    .unwrap_or_default(),
                ..Default::default()
            }),
            not_before: Some(to_timestamp(run.now)),
            // Workers give a job no more time than is left until then, whoever runs it.
            not_after: Some(to_timestamp(
                plan.until
                    .map_or(run.deadline_at, |until| until.min(run.deadline_at)),
            )),
            pool: run.pool.to_string(),
            traceparent: propagate::current().traceparent,
            known: plan
                .known
                .iter()
                .map(|cell| scan::KnownCell {
                    asset_id: cell.asset_id.to_string(),
                    host: cell.host.clone(),
                    transport: cell.transport.clone(),
                    port: u32::from(cell.port),
                    check_id: cell.check_id.clone(),
                })
                .collect(),
            exposure_keys: run.exposure_keys.to_vec(),
            strength: u32::from(run.profile.strength()),
            run_seq: run.seq,
            requested_by: run.requested_by.sub.clone(),
            tools: self
                .tools
                .of(run.profile)
                .map(|tool| tool.to_string())
                .collect(),
        };
        job_envelope_to_wire(&sign(&self.key, JOB_PAYLOAD_TYPE, job.encode_to_vec()))
    }
}
