//! No target gets more in any second than was agreed, whoever asks, and less when it says so.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use wt_engine::{Engine, JobSpec, Silent};
use wt_exposure::{InconclusiveReason, JobReport, Settled};
use wt_testkit::{Cache, wait};
use wt_throttle::Throttle;

use crate::{
    lab::{Lab, Reply, page},
    support::{any_port, asset, cell, config, job, known, only, run, seen},
};

/// What the organizations agreed on; another one agreed on more.
const AGREED: u32 = 100;

/// Listeners that note when each connection came, and hang up.
struct Stamps {
    ports: Vec<u16>,
    times: Arc<Mutex<Vec<Instant>>>,
}

impl Stamps {
    /// A thread for each listener: what a busy runtime takes to get round to it is not what is
    /// measured. They end with the process.
    fn new(ip: &str, count: usize) -> Self {
        let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
        let ports = (0..count).map(|_| {
            let listener = TcpListener::bind((ip, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let times = Arc::clone(&times);
            std::thread::spawn(move || {
                while let Ok((stream, _)) = listener.accept() {
                    times.lock().unwrap().push(Instant::now());
                    drop(stream);
                }
            });
            port
        });
        Self {
            ports: ports.collect(),
            times,
        }
    }

    fn sorted(&self) -> Vec<Instant> {
        let mut times = self.times.lock().unwrap().clone();
        times.sort_unstable();
        times
    }
}

/// Most arrivals in any second.
fn busiest_second(times: &[Instant]) -> usize {
    times
        .iter()
        .enumerate()
        .map(|(at, first)| {
            times[at..]
                .iter()
                .take_while(|time| time.duration_since(*first) < Duration::from_secs(1))
                .count()
        })
        .max()
        .unwrap_or_default()
}

fn jobs_of_two_organizations(ip: &str, ports: &[u16]) -> Vec<JobSpec> {
    [AGREED, AGREED, AGREED * 2, AGREED * 2]
        .into_iter()
        .map(|agreed| {
            let mut job = only(job(&[ip], ports), &["port.open", "http.service"]);
            job.limits.requests_per_second = agreed;
            job
        })
        .collect()
}

async fn run_all(jobs: Vec<(Engine, JobSpec)>) -> Vec<JobReport> {
    let running = jobs.into_iter().map(|(engine, job)| async move {
        let never = CancellationToken::new();
        engine.run(&job, &Silent, &never).await.expect("a report")
    });
    futures::future::join_all(running).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_second_holds_more_than_was_agreed_also_while_redis_restarts() {
    let ip = "127.0.16.1";
    let target = Stamps::new(ip, 16);
    let mut cache = Cache::start().await.unwrap();
    let jobs: Vec<(Engine, JobSpec)> = jobs_of_two_organizations(ip, &target.ports)
        .into_iter()
        .map(|job| {
            let mut setting = config(&["127.0.0.0/8"], None);
            setting.shared_pace = Some(Throttle::new(&cache.url()).unwrap());
            (Engine::new(setting).unwrap(), job)
        })
        .collect();
    let running = tokio::spawn(run_all(jobs));
    let patience = Duration::from_secs(30);
    wait::until(patience, "the first arrivals", || async {
        (target.sorted().len() >= 150).then_some(())
    })
    .await;
    cache.kill().await.unwrap();
    wait::until(patience, "silence while Redis is away", || async {
        let last = target.sorted().last().copied()?;
        (last.elapsed() > Duration::from_secs(1)).then_some(())
    })
    .await;
    let before = target.sorted().len();
    cache.restart().await.unwrap();
    let reports = running.await.unwrap();
    let times = target.sorted();
    assert!(times.len() > before, "it went on: {before}");
    for report in &reports {
        for port in &target.ports {
            assert_eq!(cell(report, ip, *port, "port.open"), Settled::Present);
        }
    }
    let busiest = busiest_second(&times);
    println!("{} arrivals, {busiest} in the busiest second", times.len());
    assert!(busiest <= AGREED as usize, "{busiest} in one second");
    assert!(busiest > AGREED as usize / 2, "{busiest} in one second");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_of_one_process_share_one_pace_without_redis() {
    let ip = "127.0.16.2";
    let target = Stamps::new(ip, 12);
    let engine = Engine::new(config(&["127.0.0.0/8"], None)).unwrap();
    let jobs = jobs_of_two_organizations(ip, &target.ports)
        .into_iter()
        .map(|mut job| {
            job.limits.requests_per_second = AGREED;
            (engine.clone(), job)
        });
    run_all(jobs.collect()).await;
    let busiest = busiest_second(&target.sorted());
    assert!(busiest <= AGREED as usize, "{busiest} in one second");
}

#[tokio::test]
async fn without_redis_nothing_is_sent_and_the_cells_are_skipped() {
    let ip = "127.0.16.3";
    let target = Stamps::new(ip, 2);
    let mut setting = config(&["127.0.0.0/8"], None);
    // Nobody listens there.
    setting.shared_pace = Some(Throttle::new("redis://127.0.16.3:1/0").unwrap());
    let mut job = job(&[ip], &target.ports);
    job.limits.deadline = Duration::from_secs(2);
    let reports = run_all(vec![(Engine::new(setting).unwrap(), job)]).await;
    assert!(target.sorted().is_empty());
    assert_eq!(
        cell(&reports[0], ip, target.ports[0], "port.open"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Skipped
        }
    );
}

const GIT: &str = "[core]\n\tbare = false\n";

fn leaky(head: &str) -> Reply {
    if head.starts_with("GET /.git/config ") {
        Reply::page(200, &[("content-type", "text/plain")], GIT)
    } else if head.starts_with("GET / ") {
        Reply::page(200, &[("content-type", "text/html")], "<title>Shop</title>")
    } else {
        Reply::page(404, &[], "none")
    }
}

fn git_job(address: SocketAddr) -> JobSpec {
    let ip = address.ip().to_string();
    let check = "http.exposed.git_config";
    let mut job = only(job(&[&ip], &[address.port()]), &[check]);
    job.known = [known(&ip, address.port(), check)].into();
    assert_eq!(job.targets[0].asset_id, asset());
    job
}

#[tokio::test]
async fn a_server_that_asks_for_two_seconds_gets_them_and_is_asked_again() {
    let asked_first = Mutex::new(true);
    let target = Lab::start(any_port("127.0.16.4"), move |_, head| {
        let is_page = head.starts_with("GET /.git/config ");
        if is_page && std::mem::take(&mut *asked_first.lock().unwrap()) {
            return Reply::page(429, &[("retry-after", "2")], "slower");
        }
        leaky(head)
    })
    .await;
    let report = run(&git_job(target.address())).await;
    let port = target.address().port();
    assert!(seen(&report, port).contains("http.exposed.git_config"));
    let heard = target.heard();
    let refused = heard
        .iter()
        .position(|heard| heard.path() == "/.git/config")
        .unwrap();
    let pause = heard[refused + 1].at.duration_since(heard[refused].at);
    assert!(pause >= Duration::from_millis(1_900), "{pause:?}");
    assert!(
        heard
            .iter()
            .filter(|h| h.head.contains("HTTP/1.1"))
            .all(|h| {
                let head = h.head.to_lowercase();
                head.contains("user-agent: watchtower-engine/") && head.contains("+https://")
            }),
        "every request says who asks: {heard:?}"
    );
}

#[tokio::test]
async fn a_server_that_keeps_asking_is_left_alone_and_its_cells_are_undecided() {
    let target = Lab::start(any_port("127.0.16.5"), |_, head| {
        if head.starts_with("GET / ") {
            leaky(head)
        } else {
            Reply::page(429, &[], "slower")
        }
    })
    .await;
    let report = run(&git_job(target.address())).await;
    let port = target.address().port();
    assert_eq!(
        cell(&report, "127.0.16.5", port, "http.exposed.git_config"),
        Settled::Inconclusive {
            reason: InconclusiveReason::RateLimited
        }
    );
    let refused = target
        .heard()
        .iter()
        .filter(|heard| heard.head.contains("HTTP/1.1") && heard.path() != "/")
        .count();
    assert!(
        refused <= 4,
        "asked {refused} times after it was told not to"
    );
    assert!(target.accepted() < 20, "{}", target.accepted());
}

/// A server that has work left over from every request. When it has too much it answers late, and
/// it takes until almost nothing is left that it is fast again.
struct Load {
    level: f64,
    at: Instant,
    is_late: bool,
}

impl Load {
    /// What it gets done in a second.
    const DONE_A_SECOND: f64 = 4.0;
    /// What it has to have left over to answer late, and to be fast again.
    const TOO_MUCH: f64 = 25.0;
    const LITTLE: f64 = 5.0;

    fn is_too_much(&mut self) -> bool {
        let now = Instant::now();
        let done = now.duration_since(self.at).as_secs_f64() * Self::DONE_A_SECOND;
        self.level = (self.level - done).max(0.0) + 1.0;
        self.at = now;
        let most = if self.is_late {
            Self::LITTLE
        } else {
            Self::TOO_MUCH
        };
        self.is_late = self.level > most;
        self.is_late
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_slows_down_is_left_alone_until_it_is_fast_again() {
    const LATE: Duration = Duration::from_millis(700);
    let load = Mutex::new(Load {
        level: 0.0,
        at: Instant::now(),
        is_late: false,
    });
    let late: Arc<Mutex<Vec<usize>>> = Arc::default();
    let noted = Arc::clone(&late);
    let target = Lab::start(any_port("127.0.16.6"), move |number, head| {
        let said = if head.starts_with("GET / ") {
            page(200, &[("content-type", "text/html")], "<title>Shop</title>")
        } else {
            page(404, &[], "none")
        };
        if load.lock().unwrap().is_too_much() {
            noted.lock().unwrap().push(number);
            Reply::Late(LATE, said)
        } else {
            Reply::Bytes(said)
        }
    })
    .await;
    let port = target.address().port();
    let report = run(&job(&["127.0.16.6"], &[port])).await;
    assert_eq!(
        cell(&report, "127.0.16.6", port, "http.exposed.git_config"),
        Settled::Absent {
            control: wt_exposure::Control::VhostAnswered,
            reason: wt_exposure::AbsentReason::NotThere,
            confirmed: false,
        },
        "slow is no reason to conclude less"
    );
    let heard = target.heard();
    // One request after the other: what lies between two, beyond a late answer, is a hold.
    let longest = heard
        .windows(2)
        .map(|pair| pair[1].at.duration_since(pair[0].at))
        .max()
        .unwrap_or_default();
    assert!(longest >= LATE + Duration::from_millis(450), "{longest:?}");
    let late = late.lock().unwrap().clone();
    let last_late = late.last().copied().unwrap();
    println!("{} of {} answers were late", late.len(), heard.len());
    assert!(
        last_late + 5 < heard.len() || late.len() * 2 < heard.len(),
        "it was never fast again: {late:?} of {}",
        heard.len()
    );
}
