//! The measure behind `results.ingest_vs_sql`: a delta applied by this service, and the same rows
//! by a bare COPY and one set-based merge, in turns on the same server.
//!
//! The delta is that of design/speed.md: of 100 slots a host and check, 5 are gone, 5 changed,
//! 15 new, 75 unchanged. Ours starts at the stored bytes of the result (decompress, decode, hold
//! to the plan) and ends at the commit of state, events, evidence, ledger and news; the peer gets
//! its COPY text ready-made, has no row-level security and writes exposures and events only.

use std::{collections::BTreeMap, fmt::Write, sync::Arc, time::Instant};

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_envelope::SigningKey;
use wt_exposure::{
    AbsentReason, CellRun, CheckRef, Control, Evidence, ExposureKey, Fingerprint, JobReport,
    Observation, PortSet, Settled, Subject, Transport,
};
use wt_lifecycle::StartError;
use wt_model::{AssetId, JobId, Principal, RunId, Severity, TenantKey, TypedId};
use wt_pg::{PgArgs, Pool};
use wt_proto::{
    Message,
    convert::{report_to_wire, to_timestamp},
    event::ScanAccepted,
    scan,
};

use crate::{
    NAME, SCHEMA,
    domain::plan::{same_attempt, within_plan},
    events::{
        apply_result::{Settlement, Verdict, settle},
        scan_accepted::unpack,
    },
};

const CHECKS: u16 = 10;
const SLOTS: u16 = 100;
/// Slots that are there before the delta.
const BEFORE: u16 = 85;
const GONE: u16 = 5;
const CHANGED: u16 = 10;

/// Exposures a second, medians of the rounds.
#[derive(Debug, Clone, Copy, serde::Serialize)]
pub struct Rates {
    /// Exposures of one delta.
    pub exposures: usize,
    /// This service.
    pub ours_per_s: f64,
    /// COPY and merge.
    pub peer_per_s: f64,
}

/// Measures `rounds` deltas of `hosts` × 1,000 exposures each. `superuser_url` and `service_url`
/// name one migrated database; rows of organizations made up here stay in it.
///
/// # Errors
/// The database is away or refuses.
pub async fn measure(
    superuser_url: &str,
    service_url: &str,
    hosts: u16,
    rounds: usize,
) -> Result<Rates, StartError> {
    let args = PgArgs {
        database_url: service_url.to_owned().into(),
        pg_connections_max: 2,
        pg_acquire_ms: 5_000,
        pg_statement_ms: 120_000,
    };
    let pool = Pool::new(&args, NAME, SCHEMA)?;
    let mut peer = PgConnection::connect(superuser_url).await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let exposures = usize::from(hosts) * usize::from(CHECKS * SLOTS);
    for _ in 0..rounds {
        let tenant = TenantKey::from_ulid(Ulid::generate());
        let mut result = Stored::new(tenant, 1, &report(hosts, false));
        result.apply(&pool).await?;
        result = Stored::new(tenant, 2, &report(hosts, true));
        peer.execute("analyze").await?;
        let started = Instant::now();
        result.apply(&pool).await?;
        ours.push(started.elapsed().as_secs_f64());
        theirs.push(copy_and_merge(&mut peer, tenant, hosts).await?);
    }
    let rate = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        let median = seconds.get(seconds.len() / 2).copied().unwrap_or(f64::NAN);
        #[expect(clippy::cast_precision_loss, reason = "a hundred thousand exposures")]
        let exposures = exposures as f64;
        exposures / median
    };
    Ok(Rates {
        exposures,
        ours_per_s: rate(ours),
        peer_per_s: rate(theirs),
    })
}

fn asset() -> AssetId {
    AssetId::from_ulid(Ulid::from(1_u128))
}

fn check(number: u16) -> CheckRef {
    CheckRef {
        id: format!("http.bench_{number}"),
        digest: "0123456789abcdef".to_owned(),
    }
}

fn observation(host: &str, check_number: u16, slot: u16, value: &str) -> Observation {
    Observation {
        subject: Subject {
            asset_id: asset(),
            host: host.to_owned(),
            transport: Transport::Tcp,
            port: 1_000 + slot,
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
fn report(hosts: u16, delta: bool) -> JobReport {
    let mut report = JobReport::default();
    let (first, end) = if delta { (GONE, SLOTS) } else { (0, BEFORE) };
    for host in 0..hosts {
        let host = format!("h{host}.bench.example");
        for number in 0..CHECKS {
            for slot in first..end {
                let value = if delta && slot < CHANGED { "2" } else { "1" };
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
            let ports = PortSet::from_iter([(1_000 + first, 999 + end)]);
            report.cells.push(row(ports, Settled::Present));
            if delta {
                let ports = PortSet::from_iter([(1_000, 999 + GONE)]);
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

/// A result as the object store holds it, with the job it answers.
struct Stored {
    tenant: TenantKey,
    job: scan::Job,
    accepted: ScanAccepted,
    packed: Vec<u8>,
}

impl Stored {
    fn new(tenant: TenantKey, seq: i64, report: &JobReport) -> Self {
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

    async fn apply(&self, pool: &Pool) -> Result<(), StartError> {
        let (result, report) = unpack(&self.packed)?;
        same_attempt(self.tenant, &self.accepted, &self.job, &result)?;
        within_plan(&self.job, &report)?;
        let principal = Principal::service("scan-orchestrator", self.tenant);
        let settlement = Settlement {
            ledger_key: Arc::new(SigningKey::from_seed(&[1; 32])?),
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

/// The peer: the state before is put in place unmeasured, then COPY, merge, gone and events.
async fn copy_and_merge(
    conn: &mut PgConnection,
    tenant: TenantKey,
    hosts: u16,
) -> Result<f64, StartError> {
    conn.execute(
        "drop schema if exists bench cascade;
         create schema bench;
         create table bench.exposures (like results.exposures including all);
         create table bench.events (like results.events including all);
         create unlogged table bench.staged (
             key text, asset_id text, host text, port integer, check_id text, title text,
             attributes jsonb, fingerprint bytea, gone boolean)",
    )
    .await?;
    let copy = "copy bench.staged from stdin";
    let mut sink = conn.copy_in_raw(copy).await?;
    sink.send(staged(tenant, hosts, false)?.into_bytes())
        .await?;
    sink.finish().await?;
    conn.execute(AssertSqlSafe(merge(tenant, 1))).await?;
    conn.execute("truncate bench.staged; analyze").await?;
    let rows = staged(tenant, hosts, true)?;
    let started = Instant::now();
    let mut tx = conn.begin().await?;
    let mut sink = tx.copy_in_raw(copy).await?;
    sink.send(rows.into_bytes()).await?;
    sink.finish().await?;
    tx.execute(AssertSqlSafe(merge(tenant, 2))).await?;
    tx.commit().await?;
    Ok(started.elapsed().as_secs_f64())
}

fn staged(tenant: TenantKey, hosts: u16, delta: bool) -> Result<String, StartError> {
    let report = report(hosts, delta);
    let mut text = String::new();
    let mut line = |seen: &Observation, gone: bool| -> Result<(), StartError> {
        let key = ExposureKey::derive(tenant, &seen.subject, &seen.check.id, &seen.discriminator);
        let print = hex::encode(Fingerprint::of(&seen.attributes).as_bytes());
        let attributes = serde_json::to_string(&seen.attributes)?;
        writeln!(
            text,
            "{key}\t{}\t{}\t{}\t{}\t{}\t{attributes}\t\\\\x{print}\t{gone}",
            seen.subject.asset_id, seen.subject.host, seen.subject.port, seen.check.id, seen.title,
        )?;
        Ok(())
    };
    for seen in &report.observations {
        line(seen, false)?;
    }
    if delta {
        for host in 0..hosts {
            for number in 0..CHECKS {
                for slot in 0..GONE {
                    let host = format!("h{host}.bench.example");
                    line(&observation(&host, number, slot, "1"), true)?;
                }
            }
        }
    }
    Ok(text)
}

/// One statement that merges what is staged and appends the events of what differs.
fn merge(tenant: TenantKey, seq: i64) -> String {
    format!(
        "with delta as (
             select s.*, e.key is null as is_new from bench.staged s
             left join bench.exposures e on e.tenant_key = '{tenant}' and e.key = s.key
             where e.key is null or s.gone or e.fingerprint <> s.fingerprint
         ), written as (
             insert into bench.exposures (tenant_key, key, asset_id, host, transport, port,
                 check_id, check_digest, discriminator, state, severity, severity_rank, title,
                 attributes, fingerprint, opened_strength, seq, first_seen, last_seen, last_run_id)
             select '{tenant}', key, asset_id, host, 'tcp', port, check_id, '0123456789abcdef',
                    '/index.html', case when gone then 'fixed' else 'open' end, 'medium', 2, title,
                    attributes, fingerprint, 2, {seq}, now(), now(), 'run_{seq}'
             from delta
             on conflict (tenant_key, key) do update
             set state = excluded.state, attributes = excluded.attributes,
                 fingerprint = excluded.fingerprint, seq = excluded.seq,
                 last_seen = excluded.last_seen, last_run_id = excluded.last_run_id
         )
         insert into bench.events (tenant_key, id, key, type, run_id, job_id, at, title, severity,
             severity_rank, asset_id, host, transport, port, check_id, check_digest,
             discriminator, changed, strength, leaf_index)
         select '{tenant}', key || '{seq}', key,
                case when gone then 'FIXED' when is_new then 'NEW' else 'CHANGED' end, 'run_{seq}',
                'job_{seq}', now(), title, 'medium', 2, asset_id, host, 'tcp', port, check_id,
                '0123456789abcdef', '/index.html', '[]', 2, 0
         from delta"
    )
}
