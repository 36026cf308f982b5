//! What a service needs around it: a database, a broker, keys and an object store, and what a test
//! does with them.
use std::time::Duration;

use bytes::Bytes;
use sqlx::{Connection, PgConnection, Row};
use wt_artifacts::{Artifacts, ArtifactsArgs};
use wt_auth::write_dev_keys;
use wt_bus::{Bus, BusArgs, envelope_for};
use wt_envelope::{SigningKey, sign};
use wt_model::Principal;
use wt_proto::{
    Message,
    convert::{JOB_PAYLOAD_TYPE, job_envelope_to_wire, report_to_wire, to_timestamp},
    event::ScanAccepted,
    scan,
    subject::EventPayload,
};
use wt_testkit::{Broker, Database, GrpcPeer, fleet::free_ports, wait};

use crate::told::Told;

/// Longest a delivered message may take to be settled on a loaded machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Ground {
    pub(crate) database: Database,
    pub(crate) bus: Bus,
    pub(crate) job_key: SigningKey,
    pub(crate) ledger_key: SigningKey,
    /// Of the service's gRPC door.
    pub(crate) port: u16,
    /// Stands in for the tenant service; of whom it was told nothing it knows nothing.
    pub(crate) tenants: GrpcPeer,
    /// Settings beside the usual ones.
    pub(crate) more_settings: Vec<String>,
    artifacts: Artifacts,
    artifacts_url: url::Url,
    broker: Broker,
    folder: tempfile::TempDir,
}

impl Ground {
    pub(crate) async fn lay(database: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let broker = Broker::start().await.unwrap();
        write_dev_keys(folder.path()).unwrap();
        let artifacts_url = url::Url::from_directory_path(folder.path().join("artifacts")).unwrap();
        let args = BusArgs {
            nats_url: broker.url(),
            allow_old_nats: false,
        };
        let read = |name: &str| {
            let text = std::fs::read_to_string(folder.path().join(name)).unwrap();
            SigningKey::from_pkcs8_pem(&text).unwrap()
        };
        let bus = Bus::open(&args, "test").await.unwrap();
        let opened = wt_artifacts::open(&ArtifactsArgs {
            artifacts_url: artifacts_url.clone(),
            artifacts_public_endpoint: None,
        });
        let trust = folder.path().join("internal");
        Self {
            tenants: GrpcPeer::start("tenant", &trust).await.unwrap(),
            more_settings: Vec::new(),
            job_key: read("jobs/scan-orchestrator.key.pem"),
            ledger_key: read("ledger/results.key.pem"),
            // One that no connection of another test takes before the service has it.
            port: *free_ports(1).unwrap().first().unwrap(),
            artifacts: opened.unwrap(),
            artifacts_url,
            database,
            bus,
            broker,
            folder,
        }
    }

    /// Path of a key file.
    pub(crate) fn key_file(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Settings of the service.
    pub(crate) fn settings(&self) -> Vec<String> {
        let mut settings = self.stored_at();
        settings.extend([
            format!("--listen-addr=127.0.0.1:{}", self.port),
            format!("--nats-url={}", self.broker.url()),
            format!(
                "--internal-key={}",
                self.key_file("internal/results.key.pem")
            ),
            format!("--internal-trust-dir={}", self.key_file("internal")),
            format!("--job-trust-dir={}", self.key_file("jobs")),
            format!("--ledger-key-file={}", self.ledger_key_file()),
            format!("--tenant-url={}", self.tenants.url()),
        ]);
        settings.extend(self.more_settings.iter().cloned());
        settings
    }

    /// Where the key that signs tree heads lies.
    pub(crate) fn ledger_key_file(&self) -> String {
        self.key_file("ledger/results.key.pem")
    }

    /// The settings that say where things are kept.
    pub(crate) fn stored_at(&self) -> Vec<String> {
        let database = self.database.url_as("wt_results").unwrap();
        vec![
            format!("--database-url={database}"),
            format!("--artifacts-url={}", self.artifacts_url),
        ]
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
            finished_at: Some(to_timestamp(told.finished_at)),
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

    /// Says that the orchestrator accepted it, under a message id of its own each time. Waits for
    /// the stream, which a service that only just started may still be making.
    pub(crate) async fn say(&self, told: &Told) {
        let principal = Principal::service("scan-orchestrator", told.tenant);
        let envelope = envelope_for("scan-orchestrator", told.tenant, &principal, &told.message);
        wait::until(PATIENCE, "the stream", async || {
            let said = self.bus.publish(ScanAccepted::TYPE, &envelope).await;
            said.ok()
        })
        .await;
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
