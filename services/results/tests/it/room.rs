//! One running service with a database, a broker and a store of its own.
use std::{
    net::TcpListener,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use clap::Parser;
use sqlx::{Connection, PgConnection, Row};
use time::OffsetDateTime;
use ulid::Ulid;
use wt_artifacts::{Artifacts, ArtifactsArgs};
use wt_auth::{InternalIssuer, SigningKey as AuthKey, write_dev_keys};
use wt_bus::{Bus, BusArgs, envelope_for};
use wt_envelope::{SigningKey, sign};
use wt_exposure::{
    AbsentReason, CellRun, CheckInfo, CheckRef, Control, Evidence, InconclusiveReason, JobReport,
    Observation, PortSet, Settled, Subject, Transport,
};
use wt_lifecycle::Life;
use wt_model::{
    AssetId, JobId, Principal, PrincipalKind, Role, RunId, Severity, TenantKey, TypedId, UserId,
};
use wt_proto::{
    Message,
    convert::{JOB_PAYLOAD_TYPE, job_envelope_to_wire, report_to_wire, to_timestamp},
    event::ScanAccepted,
    results::results_service_client::ResultsServiceClient,
    scan,
    stream::{RESULTS_AUDIT, RESULTS_AUTHORIZATIONS, RESULTS_SCAN_ACCEPTED},
    subject::EventPayload,
};
use wt_results::{Config, NAME};
use wt_rpc::Peer;
use wt_testkit::{Broker, Database, database, wait};

/// Longest a delivered message may take to be settled on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
pub(crate) const CHECK: &str = "http.git_config";
pub(crate) const HOST: &str = "www.example.com";
const DIGEST: &str = "0123456789abcdef";

static SEQ: AtomicI64 = AtomicI64::new(0);

pub(crate) struct Room {
    pub(crate) database: Database,
    pub(crate) bus: Bus,
    pub(crate) peer: Peer,
    pub(crate) job_key: SigningKey,
    pub(crate) ledger_key: SigningKey,
    artifacts: Artifacts,
    life: Life,
    _broker: Broker,
    _folder: tempfile::TempDir,
}

/// What one run looked at and how it is told.
pub(crate) struct Told {
    pub(crate) tenant: TenantKey,
    pub(crate) job: scan::Job,
    pub(crate) report: JobReport,
    pub(crate) message: ScanAccepted,
}

impl Room {
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (database, broker) = (database().await.unwrap(), Broker::start().await.unwrap());
        write_dev_keys(folder.path()).unwrap();
        let key_file = |name: &str| folder.path().join(name).display().to_string();
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let artifacts_url = url::Url::from_directory_path(folder.path().join("artifacts")).unwrap();
        let config = Config::parse_from([
            NAME.to_owned(),
            format!("--listen-addr=127.0.0.1:{port}"),
            format!("--database-url={}", database.url_as("wt_results").unwrap()),
            format!("--nats-url={}", broker.url()),
            format!("--artifacts-url={artifacts_url}"),
            format!("--internal-key={}", key_file("internal/results.key.pem")),
            format!("--internal-trust-dir={}", key_file("internal")),
            format!("--job-trust-dir={}", key_file("jobs")),
            format!("--ledger-key-file={}", key_file("ledger/results.key.pem")),
        ]);
        let life = Life::new(NAME);
        wt_results::start(config, life.clone()).await.unwrap();
        let read = |name: &str| {
            let text = std::fs::read_to_string(key_file(name)).unwrap();
            SigningKey::from_pkcs8_pem(&text).unwrap()
        };
        let gateway = AuthKey::load(&folder.path().join("internal/gateway.key.pem")).unwrap();
        let url = format!("http://127.0.0.1:{port}").parse().unwrap();
        let args = BusArgs {
            nats_url: broker.url(),
            allow_old_nats: false,
        };
        let bus = Bus::open(&args, "test").await.unwrap();
        wait::until(PATIENCE, "the service's consumers", async || {
            let (_, flags) = life.is_ready();
            let is = |name: &str| flags.contains(&(name, true));
            let consumers = [
                &RESULTS_SCAN_ACCEPTED,
                &RESULTS_AUTHORIZATIONS,
                &RESULTS_AUDIT,
            ];
            (is("schema") && consumers.iter().all(|consumer| is(consumer.name))).then_some(())
        })
        .await;
        Self {
            peer: Peer::new(&url, NAME, InternalIssuer::new("gateway", gateway)),
            job_key: read("jobs/scan-orchestrator.key.pem"),
            ledger_key: read("ledger/results.key.pem"),
            artifacts: wt_artifacts::open(&ArtifactsArgs { artifacts_url }).unwrap(),
            database,
            bus,
            life,
            _broker: broker,
            _folder: folder,
        }
    }

    pub(crate) fn client(&self) -> ResultsServiceClient<tonic::transport::Channel> {
        ResultsServiceClient::new(self.peer.channel())
    }

    /// Stores the result of a told run and fills in the message about it.
    pub(crate) async fn store(&self, told: &mut Told) {
        let mut result = scan::JobResult {
            job_id: told.job.job_id.clone(),
            run_id: told.job.run_id.clone(),
            tenant_key: told.tenant.to_string(),
            attempt: 1,
            engine_name: "watchtower-engine".to_owned(),
            engine_version: "0.1.0".to_owned(),
            finished_at: Some(to_timestamp(OffsetDateTime::now_utc())),
            ..Default::default()
        };
        report_to_wire(&told.report, &mut result);
        let packed = zstd::encode_all(result.encode_to_vec().as_slice(), 3).unwrap();
        let (run, size) = (told.job.run_id.parse().unwrap(), packed.len() as u64);
        let key = self
            .artifacts
            .put(told.tenant, run, Bytes::from(packed))
            .await
            .unwrap();
        let envelope = sign(&self.job_key, JOB_PAYLOAD_TYPE, told.job.encode_to_vec());
        told.message = ScanAccepted {
            job_id: told.job.job_id.clone(),
            run_id: told.job.run_id.clone(),
            attempt: 1,
            artifact_key: key.to_string(),
            artifact_sha256: key.sha256().to_owned(),
            artifact_bytes: size,
            job_envelope: job_envelope_to_wire(&envelope).encode_to_vec(),
            run_seq: told.job.run_seq,
            run_kind: told.job.kind.clone(),
            profile: told.job.profile.clone(),
            requested_by: told.job.requested_by.clone(),
            requested_at: result.finished_at,
        };
    }

    /// Says that the orchestrator accepted it, under a message id of its own each time.
    pub(crate) async fn say(&self, told: &Told) {
        let principal = Principal::service("scan-orchestrator", told.tenant);
        let envelope = envelope_for("scan-orchestrator", told.tenant, &principal, &told.message);
        self.bus
            .publish(ScanAccepted::TYPE, &envelope)
            .await
            .unwrap();
    }

    /// Stores, says, and waits until the service settled it.
    pub(crate) async fn tell(&self, mut told: Told) -> Told {
        self.store(&mut told).await;
        self.say(&told).await;
        self.settled(&told).await;
        told
    }

    /// Waits until the job of `told` was applied or refused, and gives the refusal's code.
    pub(crate) async fn settled(&self, told: &Told) -> String {
        let job = &told.job.job_id;
        wait::until(PATIENCE, "the result to be settled", async || {
            let mut conn = self.superuser().await;
            sqlx::query_scalar("select refusal_code from results.applied where job_id = $1")
                .bind(job)
                .fetch_optional(&mut conn)
                .await
                .unwrap()
        })
        .await
    }

    pub(crate) async fn superuser(&self) -> PgConnection {
        PgConnection::connect(self.database.superuser_url())
            .await
            .unwrap()
    }

    /// Rows of everything a result may write, to compare before and after.
    pub(crate) async fn counts(&self) -> Vec<(String, i64)> {
        let mut conn = self.superuser().await;
        let tables = [
            "exposures",
            "events",
            "evidence",
            "coverage",
            "applied",
            "leaves",
            "heads",
            "outbox",
        ];
        let mut counts = Vec::new();
        for table in tables {
            let sql = sqlx::AssertSqlSafe(format!("select count(*) from results.{table}"));
            let row = sqlx::query(sql).fetch_one(&mut conn).await.unwrap();
            counts.push((table.to_owned(), row.get(0)));
        }
        counts
    }

    /// How many messages the service has handled, by its inbox.
    pub(crate) async fn inbox(&self) -> i64 {
        let mut conn = self.superuser().await;
        sqlx::query_scalar("select count(*) from results.inbox")
            .fetch_one(&mut conn)
            .await
            .unwrap()
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.life.stop();
    }
}

pub(crate) fn organization() -> TenantKey {
    TenantKey::from_ulid(Ulid::generate())
}

pub(crate) fn asset() -> AssetId {
    "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().unwrap()
}

/// A person with one role in an organization.
pub(crate) fn person(tenant: TenantKey, role: Role) -> Principal {
    Principal {
        kind: PrincipalKind::User,
        sub: UserId::from_ulid(Ulid::generate()).to_string(),
        tenant_key: Some(tenant),
        roles: [role].into(),
        ..Principal::nobody()
    }
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
