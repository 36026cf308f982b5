//! A broker, a worker in process, and a stand-in for the orchestrator's side of the bus.
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use clap::Parser;
use time::OffsetDateTime;
use wt_artifacts::{ArtifactKey, ArtifactsArgs};
use wt_bus::{Bus, BusArgs, Subscription, envelope_for, open_envelope, respond};
use wt_engine::{
    check::{Check, catalogue},
    template::TemplateArgs,
};
use wt_envelope::{SigningKey, sign};
use wt_lifecycle::Life;
use wt_model::{Policy, Pool, Principal, RunId, TenantKey};
use wt_proto::{
    Message,
    convert::{report_from_wire, to_timestamp},
    event::Envelope,
    scan,
    subject::{EventPayload, SCAN_CLAIM, scan_requested},
};
use wt_scan_worker::{Config, start};
use wt_testkit::Broker;

/// The media type jobs are signed under.
const PAYLOAD_TYPE: &str = "application/vnd.watchtower.job.v1+protobuf";
/// Longest wait for anything.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) fn tenant() -> TenantKey {
    "org_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id")
}

pub(crate) fn run_id() -> RunId {
    "run_01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id")
}

/// Everything around one worker.
pub(crate) struct Bench {
    pub(crate) broker: Broker,
    pub(crate) bus: Bus,
    pub(crate) key: SigningKey,
    folder: tempfile::TempDir,
    /// Attempts handed out so far.
    pub(crate) claims: Arc<AtomicU32>,
    orchestrator: Life,
}

impl Bench {
    /// A broker, keys, and an orchestrator that grants every claim with the next number.
    pub(crate) async fn new() -> Self {
        let broker = Broker::start().await.expect("a broker");
        let url = broker.url();
        Self::of(broker, &url).await
    }

    /// The same around a broker, reached at `url` with every right.
    pub(crate) async fn of(broker: Broker, url: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = SigningKey::from_seed(&[7; 32]).expect("a key");
        let trust = folder.path().join("jobs");
        std::fs::create_dir(&trust).expect("a folder");
        std::fs::write(
            trust.join("scan-orchestrator.pub.pem"),
            key.public().to_spki_pem(),
        )
        .expect("a file");
        let args = BusArgs {
            nats_url: url.to_owned(),
            allow_old_nats: false,
        };
        let bus = Bus::open(&args, "test").await.expect("a bus");
        bus.ensure_streams().await.expect("streams");
        Self {
            broker,
            bus,
            key,
            folder,
            claims: Arc::default(),
            orchestrator: Life::new("orchestrator"),
        }
    }

    /// Answers claims: granted with the next number, or refused with `refusal`.
    pub(crate) fn answer_claims(&self, refusal: Option<&'static str>) {
        let claims = Arc::clone(&self.claims);
        let queue = "orchestrator";
        respond(
            &self.bus,
            &self.orchestrator,
            SCAN_CLAIM,
            queue,
            move |_| {
                let attempt = claims.fetch_add(1, Ordering::SeqCst) + 1;
                let reply = scan::ClaimReply {
                    granted: refusal.is_none(),
                    attempt,
                    code: refusal.unwrap_or_default().to_owned(),
                    checkpoint: String::new(),
                };
                async move { Some(reply.encode_to_vec().into()) }
            },
        );
    }

    /// Grants every claim with the next number, and with the checkpoint that is there then.
    pub(crate) fn answer_claims_with_checkpoint(&self) -> Arc<Mutex<String>> {
        let claims = Arc::clone(&self.claims);
        let checkpoint: Arc<Mutex<String>> = Arc::default();
        let given = Arc::clone(&checkpoint);
        let (life, queue) = (&self.orchestrator, "orchestrator");
        respond(&self.bus, life, SCAN_CLAIM, queue, move |_| {
            let reply = scan::ClaimReply {
                granted: true,
                attempt: claims.fetch_add(1, Ordering::SeqCst) + 1,
                checkpoint: given.lock().expect("not poisoned").clone(),
                ..scan::ClaimReply::default()
            };
            async move { Some(reply.encode_to_vec().into()) }
        });
        checkpoint
    }

    /// Puts bytes where an artifact of that name would lie.
    pub(crate) fn store_at(&self, key: &str, bytes: &[u8]) {
        let file = self.folder.path().join("artifacts").join(key);
        std::fs::write(file, bytes).expect("a file");
    }

    /// Grants the claim of an attempt, but only once it is that late.
    pub(crate) fn grant_not_before(&self, late: OffsetDateTime) {
        let claims = Arc::clone(&self.claims);
        let queue = "orchestrator";
        let life = &self.orchestrator;
        respond(&self.bus, life, SCAN_CLAIM, queue, move |_| {
            let attempt = claims.fetch_add(1, Ordering::SeqCst) + 1;
            let reply = scan::ClaimReply {
                granted: true,
                attempt,
                code: String::new(),
                checkpoint: String::new(),
            };
            async move {
                wt_testkit::wait::until(PATIENCE, "a late hour", || async {
                    (OffsetDateTime::now_utc() >= late).then_some(())
                })
                .await;
                Some(reply.encode_to_vec().into())
            }
        });
    }

    /// Settings of a worker.
    pub(crate) fn settings(&self) -> Vec<String> {
        self.settings_at(&self.broker.url())
    }

    /// As [`Bench::settings`], at a url of the broker with a user of its own.
    pub(crate) fn settings_at(&self, url: &str) -> Vec<String> {
        let artifacts = format!("file://{}", self.folder.path().join("artifacts").display());
        let trust = self.folder.path().join("jobs").display().to_string();
        let settings = [
            "--nats-url",
            url,
            "--artifacts-url",
            &artifacts,
            "--job-trust-dir",
            &trust,
            "--allow-networks",
            "127.0.0.0/8",
        ];
        settings.map(str::to_owned).to_vec()
    }

    /// Starts a worker; it stops with the returned life.
    pub(crate) async fn worker(&self, more: &[&str]) -> Life {
        self.worker_at(&self.broker.url(), more).await
    }

    /// As [`Bench::worker`], at a url of the broker with a user of its own.
    pub(crate) async fn worker_at(&self, url: &str, more: &[&str]) -> Life {
        let settings = self.settings_at(url);
        let settings = settings
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied());
        let arguments = std::iter::once("wt-scan-worker").chain(settings);
        let config = Config::try_parse_from(arguments).expect("settings");
        let life = Life::new("scan-worker");
        start(config, life.clone()).await.expect("a worker");
        life
    }

    /// Signs a job as the orchestrator would.
    pub(crate) fn signed(&self, job: &scan::Job) -> scan::JobEnvelope {
        signed_by(&self.key, job)
    }

    /// Puts an envelope on the bus.
    pub(crate) async fn request(&self, job: &scan::JobEnvelope) {
        self.request_of(tenant(), Pool::Shared, job).await;
    }

    /// As [`Bench::request`], of an organization and on a pool's subject.
    pub(crate) async fn request_of(&self, tenant: TenantKey, pool: Pool, job: &scan::JobEnvelope) {
        let principal = Principal::service("scan-orchestrator", tenant);
        let envelope = envelope_for("scan-orchestrator", tenant, &principal, job);
        self.bus
            .publish(&scan_requested(pool), &envelope)
            .await
            .expect("published");
    }

    /// Listens to what is said about scans.
    pub(crate) async fn listen(&self) -> Subscription {
        self.bus.subscribe("scan.>").await.expect("a subscription")
    }

    /// The stored result behind a completed attempt.
    pub(crate) async fn result(&self, key: &str) -> scan::JobResult {
        let folder = self.folder.path().join("artifacts");
        let artifacts_url = format!("file://{}", folder.display())
            .parse()
            .expect("a url");
        let store = wt_artifacts::open(&ArtifactsArgs {
            artifacts_url,
            artifacts_public_endpoint: None,
        })
        .expect("a store");
        let key = ArtifactKey::parse_for(tenant(), key).expect("a key");
        let packed = store.get(&key, 1 << 20).await.expect("stored");
        let bytes = zstd::decode_all(packed.as_ref()).expect("zstd");
        let result = scan::JobResult::decode(bytes.as_slice()).expect("a result");
        report_from_wire(&result).expect("a report");
        result
    }
}

/// Signs a job with any key.
pub(crate) fn signed_by(key: &SigningKey, job: &scan::Job) -> scan::JobEnvelope {
    let envelope = sign(key, PAYLOAD_TYPE, job.encode_to_vec());
    scan::JobEnvelope {
        payload_type: envelope.payload_type,
        payload: envelope.payload,
        signatures: envelope
            .signatures
            .into_iter()
            .map(|made| scan::JobSignature {
                key_id: made.key_id,
                signature: made.signature,
            })
            .collect(),
    }
}

/// Waits for the next message of a type; `None` after the patience.
pub(crate) async fn next<P: EventPayload>(heard: &mut Subscription) -> Option<P> {
    let wait = async {
        while let Some((_, bytes)) = heard.next().await {
            if let Ok((envelope, _, _)) = open_envelope(&bytes)
                && let Some(payload) = payload_of::<P>(&envelope)
            {
                return Some(payload);
            }
        }
        None
    };
    tokio::time::timeout(PATIENCE, wait).await.ok().flatten()
}

fn payload_of<P: EventPayload>(envelope: &Envelope) -> Option<P> {
    (envelope.r#type == P::TYPE)
        .then(|| P::decode(envelope.payload.as_slice()).ok())
        .flatten()
}

/// Waits until the broker holds no job any more: everything was acknowledged.
pub(crate) async fn no_job_is_left(bench: &Bench) {
    wt_testkit::wait::until(PATIENCE, "an empty queue", || async {
        (bench.broker.messages_in("SCAN_JOBS").await.ok()? == 0).then_some(())
    })
    .await;
}

/// A job for these checks on one host and port, valid now.
pub(crate) fn job_for(host: &str, port: u16, checks: &[&str]) -> scan::Job {
    let now = OffsetDateTime::now_utc();
    let templates = TemplateArgs::default().open().expect("our own templates");
    let templates = templates.references(Policy::Safe);
    let all = catalogue()
        .into_iter()
        .map(Check::reference)
        .chain(templates);
    scan::Job {
        job_id: "job_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        run_id: run_id().to_string(),
        tenant_key: tenant().to_string(),
        kind: "on_demand".to_owned(),
        profile: "baseline".to_owned(),
        policy: "safe".to_owned(),
        targets: vec![scan::Target {
            asset_id: "ast_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
            host: host.to_owned(),
            ports: port.to_string(),
        }],
        scope: Some(scan::Scope {
            networks: vec![host.to_owned()],
            ports: port.to_string(),
            ..scan::Scope::default()
        }),
        checks: all
            .filter(|check| checks.contains(&check.id.as_str()))
            .map(|check| scan::Check {
                id: check.id,
                digest: check.digest,
            })
            .collect(),
        not_before: Some(to_timestamp(now - time::Duration::minutes(1))),
        not_after: Some(to_timestamp(now + time::Duration::minutes(10))),
        pool: "shared".to_owned(),
        strength: 2,
        ..scan::Job::default()
    }
}
