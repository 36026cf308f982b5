//! A private pool's worker, behind the broker's permissions as docs/guides/private-pools.md has
//! them: its own pool's jobs, and never a word of another organization's.
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use wt_bus::{Bus, BusArgs, Delivery, Handler, Outcome, consume};
use wt_lifecycle::Life;
use wt_model::{Pool, RunId, TenantKey};
use wt_proto::{
    Message,
    event::{ScanCompleted, ScanFailed},
    scan,
    stream::{self, Consumer},
    subject::{scan_alive, scan_cancel},
};
use wt_targets::{Page, Site, serve_http};
use wt_testkit::{Broker, wait};

use crate::support::{Bench, PATIENCE, job_for, next, no_job_is_left, tenant};

const POOL: &str = "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV";
const PASSWORD: &str = "of-the-pool";
const GUIDE: &str = include_str!("../../../../docs/guides/private-pools.md");

fn pool() -> Pool {
    POOL.parse().expect("as it should be")
}

fn other() -> TenantKey {
    "org_01ARZ3NDEKTSV4RRFFQ69G5FAW"
        .parse()
        .expect("as it should be")
}

/// The guide's block, for this pool.
fn permissions() -> String {
    let (_, rest) = GUIDE.split_once("```text\n").expect("as it should be");
    let (block, _) = rest.split_once("```").expect("as it should be");
    block.replace("PASSWORD", PASSWORD).replace("POOL", POOL)
}

async fn broker() -> Broker {
    let platform = "{ user: \"platform\", password: \"platform\" }";
    let users = format!(
        "authorization {{ users = [ {platform}\n{} ] }}",
        permissions()
    );
    Broker::start_with(&users).await.expect("as it should be")
}

/// Everything the pool's credentials let somebody hear.
async fn stand_in(broker: &Broker) -> (Life, Arc<AtomicUsize>) {
    let args = BusArgs {
        nats_url: broker.url_as(POOL, PASSWORD),
        allow_old_nats: false,
    };
    let bus = Bus::open_confined(&args, "stand-in", &format!("_INBOX_{POOL}"))
        .await
        .expect("as it should be");
    let heard = Arc::new(AtomicUsize::default());
    let life = Life::new("stand-in");
    for subject in [
        "scan.>",
        "_INBOX.>",
        "$JS.>",
        "scan.requested.*",
        "scan.cancel.*",
        ">",
    ] {
        let mut ear = bus.subscribe(subject).await.expect("as it should be");
        let heard = Arc::clone(&heard);
        tokio::spawn(async move {
            while ear.next().await.is_some() {
                heard.fetch_add(1, Ordering::SeqCst);
            }
        });
    }
    // The shared pool's jobs under the pool's own consumer, and under the shared one's name.
    for name in ["scan-workers-shared", "scan-workers-stolen"] {
        let stolen: &'static Consumer = Box::leak(Box::new(Consumer {
            name,
            confined: true,
            ..stream::SCAN_WORKERS_SHARED
        }));
        consume(&bus, &life, stolen, Thief(Arc::clone(&heard)));
    }
    (life, heard)
}

struct Thief(Arc<AtomicUsize>);

impl Handler for Thief {
    async fn handle(&self, _: Delivery) -> Outcome {
        self.0.fetch_add(1, Ordering::SeqCst);
        Outcome::Done
    }
}

fn site() -> Site {
    Site::new([("/", Page::html("<title>Shop</title>"))])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_worker_takes_its_pools_jobs_and_never_hears_of_anothers() {
    let broker = broker().await;
    let url = broker.url_as("platform", "platform");
    let private_url = broker.url_as(POOL, PASSWORD);
    let bench = Bench::of(broker, &url).await;
    bench.answer_claims(None);
    let (thief, heard) = stand_in(&bench.broker).await;
    let own = serve_http("127.0.24.1:0".parse().unwrap(), site())
        .await
        .unwrap();
    let foreign = serve_http("127.0.24.2:0".parse().unwrap(), site())
        .await
        .unwrap();
    let mut ear = bench.listen().await;
    let private = bench.worker_at(&private_url, &["--pool", POOL]).await;

    // The other organization's job waits, and its run is cancelled, before a shared worker is there.
    let mut theirs = job_for("127.0.24.2", foreign.address().port(), &["port.open"]);
    other().to_string().clone_into(&mut theirs.tenant_key);
    "job_01ARZ3NDEKTSV4RRFFQ69G5FAW".clone_into(&mut theirs.job_id);
    bench
        .request_of(other(), Pool::Shared, &bench.signed(&theirs))
        .await;
    let notice = scan::CancelNotice {
        run_id: "run_01ARZ3NDEKTSV4RRFFQ69G5FAW".to_owned(),
        tenant_key: other().to_string(),
        ..Default::default()
    };
    let run: RunId = notice.run_id.parse().unwrap();
    let said = notice.encode_to_vec().into();
    bench
        .bus
        .say_bytes(&scan_cancel(Pool::Shared, run), said)
        .await
        .unwrap();

    let mut mine = job_for("127.0.24.1", own.address().port(), &["port.open"]);
    POOL.clone_into(&mut mine.pool);
    bench
        .request_of(tenant(), pool(), &bench.signed(&mine))
        .await;
    let done: ScanCompleted = next(&mut ear).await.unwrap();
    assert_eq!((&done.job_id, done.cells_settled), (&mine.job_id, 1));
    // Acknowledged a moment after it was announced.
    wait::until(PATIENCE, "theirs alone to wait", || async {
        (bench.broker.messages_in("SCAN_JOBS").await.ok()? == 1).then_some(())
    })
    .await;
    assert_eq!(foreign.connections(), 0);

    let shared = bench.worker_at(&url, &[]).await;
    let theirs_done: ScanCompleted = next(&mut ear).await.unwrap();
    assert_eq!(theirs_done.job_id, theirs.job_id);
    assert_ne!(theirs_done.worker_id, done.worker_id);
    no_job_is_left(&bench).await;
    assert_eq!(heard.load(Ordering::SeqCst), 0, "foreign messages");
    assert!(
        !thief
            .is_ready()
            .1
            .iter()
            .any(|(name, ready)| *ready && name.contains("workers"))
    );
    for life in [private, shared] {
        assert!(life.end(Duration::from_secs(10)).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_worker_says_that_it_is_there_and_stops_when_its_run_is_cancelled() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let mut alive = bench.bus.subscribe("scan.alive.*").await.unwrap();
    let mut ear = bench.listen().await;
    let _worker = bench.worker(&["--pool", POOL]).await;
    let (subject, bytes) = tokio::time::timeout(PATIENCE, alive.next())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(subject, scan_alive(POOL.parse().unwrap()));
    let said = scan::WorkerAlive::decode(bytes).unwrap();
    assert!(said.worker_id.starts_with("wrk_"), "{}", said.worker_id);

    let target = wt_targets::serve_tarpit("127.0.24.3:0".parse().unwrap())
        .await
        .unwrap();
    let mut job = job_for(
        "127.0.24.3",
        target.address().port(),
        &["port.open", "http.exposed.git_config"],
    );
    POOL.clone_into(&mut job.pool);
    bench
        .request_of(tenant(), pool(), &bench.signed(&job))
        .await;
    wait::until(PATIENCE, "a started scan", || async {
        (target.connections() > 0).then_some(())
    })
    .await;
    let notice = scan::CancelNotice {
        run_id: job.run_id.clone(),
        tenant_key: job.tenant_key.clone(),
        ..Default::default()
    };
    let run: RunId = notice.run_id.parse().unwrap();
    let said = notice.encode_to_vec().into();
    bench
        .bus
        .say_bytes(&scan_cancel(pool(), run), said)
        .await
        .unwrap();
    let stopped: wt_proto::event::ScanCancelled = next(&mut ear).await.unwrap();
    assert_eq!(stopped.run_id, job.run_id);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_is_signed_for_another_pool_is_refused() {
    let bench = Bench::new().await;
    bench.answer_claims(None);
    let mut ear = bench.listen().await;
    let _worker = bench.worker(&["--pool", POOL]).await;
    for wrong in ["shared", "pol_01ARZ3NDEKTSV4RRFFQ69G5FAW", ""] {
        let mut job = job_for("127.0.24.4", 9, &["port.open"]);
        wrong.clone_into(&mut job.pool);
        bench
            .request_of(tenant(), pool(), &bench.signed(&job))
            .await;
        let failed: ScanFailed = next(&mut ear).await.unwrap();
        assert_eq!(failed.code, "job.wrong_pool", "{wrong:?}");
    }
    assert_eq!(bench.claims.load(Ordering::SeqCst), 0);
}

#[test]
fn a_pool_that_is_none_is_refused_at_start() {
    use clap::Parser as _;
    for (pool, right) in [
        ("shared", true),
        (POOL, true),
        ("office", false),
        ("pol_*", false),
    ] {
        let arguments = [
            "wt-scan-worker",
            "--nats-url",
            "nats://127.0.0.1:1",
            "--artifacts-url",
            "file:///tmp",
            "--job-trust-dir",
            "/tmp",
            "--pool",
            pool,
        ];
        let read = wt_scan_worker::Config::try_parse_from(arguments);
        assert_eq!(read.is_ok(), right, "{pool}");
    }
}
