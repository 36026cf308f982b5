//! A lost attempt is gone on with: what it settled is taken over, and not looked at again.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr},
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};
use wt_engine::HOSTS_PER_UNIT;
use wt_proto::{
    event::{ScanCompleted, ScanProgress},
    scan,
};
use wt_testkit::wait;

use crate::support::{Bench, PATIENCE, job_for, next};

const CHECKS: &[&str] = &["port.open", "http.service", "http.header.csp_missing"];
/// Two units and a half.
const HOSTS: usize = HOSTS_PER_UNIT * 5 / 2;
/// A host of the second unit.
const STUCK: u8 = 101 + 20;

/// A web server at each of many addresses, on one port; who came where is counted.
struct Street {
    port: u16,
    came: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    /// While set, the server at one address answers nothing.
    is_stuck: Arc<AtomicBool>,
}

impl Street {
    /// At 127.0.`third`.101 and up; the plan has them in this order.
    async fn new(third: u8) -> Self {
        let mut street = Self {
            port: 0,
            came: Arc::default(),
            is_stuck: Arc::default(),
        };
        for last in (101..).take(HOSTS) {
            let address = Ipv4Addr::new(127, 0, third, last);
            let listener = TcpListener::bind((address, street.port)).await.unwrap();
            street.port = listener.local_addr().unwrap().port();
            let came = Arc::clone(&street.came);
            let is_stuck = Arc::clone(&street.is_stuck);
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    *came.lock().unwrap().entry(address.into()).or_default() += 1;
                    let waits = last == STUCK && is_stuck.load(Ordering::SeqCst);
                    tokio::spawn(answer(stream, waits));
                }
            });
        }
        street
    }

    fn came(&self) -> BTreeMap<IpAddr, usize> {
        self.came.lock().unwrap().clone()
    }

    fn job(&self, third: u8) -> scan::Job {
        let hosts: Vec<String> = (101..)
            .take(HOSTS)
            .map(|last: u8| format!("127.0.{third}.{last}"))
            .collect();
        let mut job = job_for(&hosts[0], self.port, CHECKS);
        job.targets = hosts
            .iter()
            .map(|host| scan::Target {
                host: host.clone(),
                ..job.targets[0].clone()
            })
            .collect();
        job.scope.as_mut().unwrap().networks = hosts;
        job
    }
}

async fn answer(mut stream: TcpStream, waits: bool) {
    let mut question = [0; 4096];
    while let Ok(1..) = stream.read(&mut question).await {
        if waits {
            continue;
        }
        let page = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nok";
        if stream.write_all(page).await.is_err() {
            return;
        }
    }
}

/// A worker that can be killed.
fn process(bench: &Bench) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wt-scan-worker"))
        .args(bench.settings())
        .arg("--admin-addr=127.0.0.1:0")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

/// The cells and observations of a result, without how long its answers took.
fn seen(result: scan::JobResult) -> (Vec<scan::CellRun>, Vec<scan::Observation>) {
    let mut observations = result.observations;
    for evidence in observations.iter_mut().filter_map(|o| o.evidence.as_mut()) {
        evidence.elapsed_ms = 0;
    }
    (result.cells, observations)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_attempt_after_a_killed_worker_looks_only_at_what_is_left() {
    let bench = Bench::new().await;
    let checkpoint = bench.answer_claims_with_checkpoint();
    let street = Street::new(21).await;
    street.is_stuck.store(true, Ordering::SeqCst);
    let mut heard = bench.listen().await;
    let job = street.job(21);
    let mut first = process(&bench);
    bench.request(&bench.signed(&job)).await;
    let kept = loop {
        let progress: ScanProgress = next(&mut heard).await.unwrap();
        if !progress.checkpoint.is_empty() {
            break progress;
        }
    };
    let of_one_unit = u64::try_from(HOSTS_PER_UNIT * CHECKS.len()).unwrap();
    assert_eq!(kept.checkpoint_cells, of_one_unit);
    let stuck = IpAddr::from([127, 0, 21, STUCK]);
    wait::until(PATIENCE, "the second unit to be under way", || async {
        street.came().contains_key(&stuck).then_some(())
    })
    .await;
    first.kill().await.unwrap();
    street.is_stuck.store(false, Ordering::SeqCst);
    let before = street.came();
    *checkpoint.lock().unwrap() = kept.checkpoint;

    let _second = bench.worker(&[]).await;
    bench.request(&bench.signed(&job)).await;
    let completed: ScanCompleted = next(&mut heard).await.unwrap();
    let after = street.came();
    let again: BTreeSet<IpAddr> = after
        .iter()
        .filter(|(host, times)| before.get(host) != Some(times))
        .map(|(host, _)| *host)
        .collect();
    let left: BTreeSet<IpAddr> = (101..)
        .take(HOSTS)
        .skip(HOSTS_PER_UNIT)
        .map(|last: u8| IpAddr::from([127, 0, 21, last]))
        .collect();
    assert_eq!(again, left);
    assert_eq!(completed.cells_settled, completed.cells_planned);

    // What nobody disturbed comes to the same.
    checkpoint.lock().unwrap().clear();
    let mut undisturbed = job.clone();
    undisturbed.job_id = "job_01ARZ3NDEKTSV4RRFFQ69G5FAW".to_owned();
    bench.request(&bench.signed(&undisturbed)).await;
    let whole: ScanCompleted = loop {
        let completed: ScanCompleted = next(&mut heard).await.unwrap();
        if completed.job_id == undisturbed.job_id {
            break completed;
        }
    };
    let resumed = seen(bench.result(&completed.artifact_key).await);
    assert_eq!(resumed, seen(bench.result(&whole.artifact_key).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_does_not_fit_is_left_and_the_job_begins_anew() {
    let bench = Bench::new().await;
    let checkpoint = bench.answer_claims_with_checkpoint();
    let street = Street::new(22).await;
    let mut heard = bench.listen().await;
    let _worker = bench.worker(&[]).await;
    let job = street.job(22);
    bench.request(&bench.signed(&job)).await;
    let newest = loop {
        let progress: ScanProgress = next(&mut heard).await.unwrap();
        if progress.stage == "reporting" {
            break progress;
        }
    };
    let _: ScanCompleted = next(&mut heard).await.unwrap();
    let (newest, kept) = (newest.checkpoint, newest.checkpoint_cells);
    assert!(!newest.is_empty());
    let (run, digest) = newest.rsplit_once('/').unwrap();
    let damaged = format!("{run}/{}", "0".repeat(64));
    bench.store_at(&damaged, b"no checkpoint");
    let mut other_checks = job.clone();
    other_checks.check_set_digest = "other".to_owned();
    let elsewhere =
        format!("t/org_01ARZ3NDEKTSV4RRFFQ69G5FAW/run_01ARZ3NDEKTSV4RRFFQ69G5FAV/{digest}");
    for (pointer, asked) in [
        (newest.clone(), &other_checks),
        (damaged, &job),
        (format!("{run}/{}", "1".repeat(64)), &job),
        (elsewhere, &job),
        ("nonsense".to_owned(), &job),
    ] {
        let before = street.came();
        checkpoint.lock().unwrap().clone_from(&pointer);
        bench.request(&bench.signed(asked)).await;
        let completed: ScanCompleted = next(&mut heard).await.unwrap();
        assert_eq!(completed.cells_settled, completed.cells_planned);
        let after = street.came();
        let came_again = after.iter().all(|(host, times)| before[host] < *times);
        assert!(came_again, "{pointer}");
    }
    // And what is in the one that fits is left alone.
    let before = street.came();
    *checkpoint.lock().unwrap() = newest;
    bench.request(&bench.signed(&job)).await;
    let _: ScanCompleted = next(&mut heard).await.unwrap();
    let after = street.came();
    let again = after.iter().filter(|(host, times)| before[host] < **times);
    let hosts_kept = usize::try_from(kept).unwrap() / CHECKS.len();
    assert_eq!(again.count(), HOSTS - hosts_kept);
}
