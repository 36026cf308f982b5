//! From a signed envelope to a job the engine may run (contracts §3).
//!
//! The signature is checked first, and only the bytes it covers are ever parsed. What a job asks
//! for is then held against its own scope: a planner's mistake must not widen anything.
use std::{collections::BTreeSet, time::Duration};

use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use wt_engine::{JobLimits, JobSpec, KnownCell, TargetSpec, Tool};
use wt_envelope::{Envelope, Signature, TrustedKeys, verify};
use wt_exposure::{CheckRef, NAME_PORT, PortSet, looks_at_name};
use wt_fault::{Fault, Kind};
use wt_model::{AssetId, HOSTS_PER_JOB_MAX, JobId, Policy, Pool, RunId, TenantKey};
use wt_proto::{
    Message,
    convert::{InvalidMessage, from_timestamp, parse},
    scan,
};
use wt_scope::Scope;

/// What a job's payload calls itself.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.watchtower.job.v1+protobuf";
/// Clocks of one fleet differ by less; more is an operator's problem.
const CLOCK_SKEW: Duration = Duration::from_secs(5);
/// Longest attempt a job may ask for.
const DEADLINE_MAX: Duration = Duration::from_hours(1);
/// Most connections in flight a job may ask for.
const CONCURRENCY_MAX: u32 = 256;
/// Most bytes of one response a job may ask for.
const RESPONSE_BYTES_MAX: u64 = 4 << 20;

/// A job whose signature, time and scope are in order.
#[derive(Debug, Clone)]
pub(crate) struct VerifiedJob {
    pub(crate) job_id: JobId,
    pub(crate) run_id: RunId,
    pub(crate) tenant_key: TenantKey,
    pub(crate) check_set_digest: String,
    /// Of the signed bytes, lower-case hex: what makes it this job and no other.
    pub(crate) sha256: String,
    /// When it must have ended: no window is left, however late it began.
    pub(crate) not_after: OffsetDateTime,
    pub(crate) spec: JobSpec,
}

impl VerifiedJob {
    /// Shortens its limit to the time that is left now.
    pub(crate) fn keep_to_the_time_left(&mut self, now: OffsetDateTime) {
        let left = Duration::try_from(self.not_after - now).unwrap_or_default();
        let deadline = &mut self.spec.limits.deadline;
        *deadline = left.min(*deadline);
    }
}

/// Why a job is refused. The ids are set only when a trusted key vouches for them: an unsigned
/// message must not be able to end somebody's job by naming it.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub(crate) struct Refusal {
    /// Permanent code.
    pub(crate) code: &'static str,
    /// For the operator.
    pub(crate) reason: String,
    /// Whose job it is, when that is certain.
    pub(crate) ids: Option<(String, String)>,
}

impl Fault for Refusal {
    fn kind(&self) -> Kind {
        Kind::Forbidden
    }

    fn code(&self) -> &str {
        self.code
    }
}

/// Verifies an envelope that came for `tenant` to a worker of `pool` at `now`.
pub(crate) fn verify_job(
    wire: scan::JobEnvelope,
    tenant: TenantKey,
    keys: &TrustedKeys,
    pool: Pool,
    now: OffsetDateTime,
) -> Result<VerifiedJob, Refusal> {
    let envelope = Envelope {
        payload_type: wire.payload_type,
        payload: wire.payload,
        signatures: wire
            .signatures
            .into_iter()
            .map(|made| Signature {
                key_id: made.key_id,
                signature: made.signature,
            })
            .collect(),
    };
    let bytes = verify(&envelope, PAYLOAD_TYPE, keys).map_err(|fault| Refusal {
        code: match fault.code() {
            "envelope.unsigned" => "job.unsigned",
            _ => "job.signature_invalid",
        },
        reason: fault.to_string(),
        ids: None,
    })?;
    let job = scan::Job::decode(bytes).map_err(|error| Refusal {
        code: "job.malformed",
        reason: error.to_string(),
        ids: None,
    })?;
    if job.tenant_key != tenant.to_string() {
        return Err(Refusal {
            code: "job.tenant_mismatch",
            reason: "the job belongs to another organization than its message".to_owned(),
            ids: None,
        });
    }
    let ids = Some((job.job_id.clone(), job.run_id.clone()));
    let sha256 = hex::encode(Sha256::digest(bytes));
    read_job(job, sha256, pool, now).map_err(|(code, reason)| Refusal { code, reason, ids })
}

type Why = (&'static str, String);

fn read_job(
    job: scan::Job,
    sha256: String,
    pool: Pool,
    now: OffsetDateTime,
) -> Result<VerifiedJob, Why> {
    let malformed = |error: InvalidMessage| ("job.malformed", error.to_string());
    let not_after = last_moment(&job, now)?;
    let lifetime = Duration::try_from(not_after - now).unwrap_or_default();
    if job.pool.parse::<Pool>() != Ok(pool) {
        return Err((
            "job.wrong_pool",
            format!("the job is for the pool {:?}", job.pool),
        ));
    }
    let scope = read_scope(job.scope.as_ref()).map_err(malformed)?;
    let spec = JobSpec {
        targets: job
            .targets
            .iter()
            .map(read_target)
            .collect::<Result<_, _>>()
            .map_err(malformed)?,
        checks: job
            .checks
            .iter()
            .map(|check| CheckRef {
                id: check.id.clone(),
                digest: check.digest.clone(),
            })
            .collect(),
        scope,
        limits: read_limits(job.limits.as_ref(), lifetime),
        known: job
            .known
            .iter()
            .map(read_known)
            .collect::<Result<BTreeSet<_>, _>>()
            .map_err(malformed)?,
        only_known: job.kind == "verify" || !job.exposure_keys.is_empty(),
        strength: u8::try_from(job.strength)
            .map_err(|_| ("job.malformed", "strength: not a strength".to_owned()))?,
        policy: parse::<Policy>("policy", &job.policy).map_err(malformed)?,
        tools: job
            .tools
            .iter()
            .map(|tool| parse::<Tool>("tools", tool))
            .collect::<Result<_, _>>()
            .map_err(malformed)?,
    };
    within_scope(&spec)?;
    Ok(VerifiedJob {
        job_id: parse("job_id", &job.job_id).map_err(malformed)?,
        run_id: parse("run_id", &job.run_id).map_err(malformed)?,
        tenant_key: parse("tenant_key", &job.tenant_key).map_err(malformed)?,
        check_set_digest: job.check_set_digest,
        sha256,
        not_after,
        spec,
    })
}

/// Until when the job may run; a job without limits in time is refused.
fn last_moment(job: &scan::Job, now: OffsetDateTime) -> Result<OffsetDateTime, Why> {
    let at = |field: &str, stamp: Option<&_>| -> Result<OffsetDateTime, Why> {
        from_timestamp(stamp).ok_or_else(|| {
            (
                "job.malformed",
                format!("{field}: is missing or not a time"),
            )
        })
    };
    let not_before = at("not_before", job.not_before.as_ref())?;
    let not_after = at("not_after", job.not_after.as_ref())?;
    if now + CLOCK_SKEW < not_before {
        return Err((
            "job.not_yet_valid",
            format!("the job is valid from {not_before}"),
        ));
    }
    if now >= not_after {
        return Err((
            "job.expired",
            format!("the job was valid until {not_after}"),
        ));
    }
    Ok(not_after)
}

fn read_scope(wire: Option<&scan::Scope>) -> Result<Scope, InvalidMessage> {
    let wire = wire.ok_or_else(|| InvalidMessage::new("scope", "is missing"))?;
    Scope::parse(&wire.hosts, &wire.networks, &wire.ports, &wire.exclusions)
        .map_err(|error| InvalidMessage::new("scope", error))
}

fn read_target(wire: &scan::Target) -> Result<TargetSpec, InvalidMessage> {
    Ok(TargetSpec {
        asset_id: parse::<AssetId>("targets.asset_id", &wire.asset_id)?,
        host: wire.host.clone(),
        ports: parse::<PortSet>("targets.ports", &wire.ports)?,
    })
}

fn read_known(wire: &scan::KnownCell) -> Result<KnownCell, InvalidMessage> {
    if wire.transport != "tcp" {
        return Err(InvalidMessage::new("known.transport", "only tcp is probed"));
    }
    Ok(KnownCell {
        asset_id: parse::<AssetId>("known.asset_id", &wire.asset_id)?,
        host: wire.host.clone(),
        port: u16::try_from(wire.port)
            .map_err(|_| InvalidMessage::new("known.port", "not a port"))?,
        check_id: wire.check_id.clone(),
    })
}

/// Limits as asked, within what this worker allows; zero means the engine's default.
fn read_limits(wire: Option<&scan::Limits>, lifetime: Duration) -> JobLimits {
    let default = JobLimits::default();
    let wire = wire.copied().unwrap_or_default();
    let or = |asked: u64, default: u64| if asked == 0 { default } else { asked };
    let deadline = match wire.deadline_ms {
        0 => default.deadline,
        asked => Duration::from_millis(asked),
    };
    JobLimits {
        requests_per_second: wire.requests_per_second,
        concurrency: match wire.concurrency {
            0 => default.concurrency,
            asked => asked.min(CONCURRENCY_MAX),
        },
        deadline: deadline.min(DEADLINE_MAX).min(lifetime),
        response_bytes_max: or(wire.response_bytes_max, default.response_bytes_max)
            .min(RESPONSE_BYTES_MAX),
    }
}

/// Every target and known cell of a job lies in the job's own scope.
fn within_scope(spec: &JobSpec) -> Result<(), Why> {
    if spec.targets.len() > HOSTS_PER_JOB_MAX {
        let reason = format!(
            "{} hosts in one job; {HOSTS_PER_JOB_MAX} at most",
            spec.targets.len()
        );
        return Err(("job.too_wide", reason));
    }
    let outside = |why: String| ("job.out_of_scope", why);
    let hosts = spec
        .targets
        .iter()
        .map(|target| target.host.as_str())
        .chain(spec.known.iter().map(|cell| cell.host.as_str()));
    for host in hosts.collect::<BTreeSet<_>>() {
        spec.scope
            .permits_target(host)
            .map_err(|refusal| outside(refusal.to_string()))?;
    }
    let is_inside = spec
        .targets
        .iter()
        .all(|target| target.ports.is_subset(&spec.scope.ports));
    let are_known_inside = !spec.only_known
        || spec.known.iter().all(|cell| match cell.port {
            // A cell of the name itself: name servers are asked, no port is.
            NAME_PORT => looks_at_name(&cell.check_id),
            port => spec.scope.ports.contains(port),
        });
    if is_inside && are_known_inside {
        Ok(())
    } else {
        Err(outside("a port of the job is not in its scope".to_owned()))
    }
}
