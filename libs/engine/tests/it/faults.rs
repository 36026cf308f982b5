//! The fault lab: whatever goes wrong between us and a target, nothing that is still there is
//! called gone; and what is gone is seen to be.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    fmt,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures::{StreamExt, stream};
use wt_engine::{EngineConfig, JobSpec};
use wt_exposure::{JobReport, Settled};
use wt_targets::{
    CertificateSpec, DnsAnswer, Page, Site, Target, serve_dns, serve_http, serve_https,
};

use crate::{
    lab::{Lab, Reply, page},
    support::{any_port, cell, config, job, known, only, run_with},
};

/// Runs over the faults of web servers: some dozens of each.
const RUNS: usize = 420;
/// Runs at once.
const AT_ONCE: usize = 48;
const GIT_CHECK: &str = "http.exposed.git_config";
const PAGE_CHECK: &str = "http.default_page.nginx";
const GIT: &str = "[core]\n\tbare = false\n";
const DEFAULT_PAGE: &str = "<title>Welcome to nginx!</title>";
const HTML: (&str, &str) = ("content-type", "text/html");

/// What a server does from some request on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    StillThere,
    Fixed,
    FixedByDenying,
    Silent,
    Reset,
    SlowLoris,
    FilterEverything,
    FilterPath,
    TooMany,
    Unavailable,
    MaintenanceRedirect,
    MaintenanceElsewhere,
    MaintenancePage,
    VhostMoved,
    Misdirected,
    CutBody,
    HalfOpen,
    Garbage,
}

const FAULTS: [Fault; 18] = [
    Fault::StillThere,
    Fault::Fixed,
    Fault::FixedByDenying,
    Fault::Silent,
    Fault::Reset,
    Fault::SlowLoris,
    Fault::FilterEverything,
    Fault::FilterPath,
    Fault::TooMany,
    Fault::Unavailable,
    Fault::MaintenanceRedirect,
    Fault::MaintenanceElsewhere,
    Fault::MaintenancePage,
    Fault::VhostMoved,
    Fault::Misdirected,
    Fault::CutBody,
    Fault::HalfOpen,
    Fault::Garbage,
];

impl Fault {
    fn is_fix(self) -> bool {
        matches!(self, Self::Fixed | Self::FixedByDenying)
    }

    fn reply(self, path: &str) -> Reply {
        let html = |status, body| Reply::page(status, &[HTML], body);
        match self {
            Self::Fixed | Self::FixedByDenying => match path {
                "/" => html(200, "<title>Shop</title>"),
                "/.git/config" if self == Self::FixedByDenying => {
                    Reply::page(403, &[("server", "nginx")], "Forbidden")
                }
                _ => html(404, "<title>Not found</title>"),
            },
            Self::Silent => Reply::Silence,
            Self::Reset => Reply::Reset,
            Self::SlowLoris => Reply::Drip(page(200, &[HTML], &"x".repeat(4_000))),
            Self::FilterEverything => html(403, "Forbidden"),
            Self::FilterPath if path == "/.git/config" => html(
                403,
                "<title>Attention Required!</title>You have been blocked",
            ),
            Self::StillThere | Self::FilterPath => there(path),
            Self::TooMany => html(429, "slower"),
            Self::Unavailable => html(503, "overloaded"),
            Self::MaintenanceRedirect if path == "/down" => {
                html(200, "We are down for maintenance")
            }
            Self::MaintenanceRedirect => Reply::page(302, &[("location", "/down")], ""),
            Self::MaintenanceElsewhere => {
                Reply::page(307, &[("location", "http://status.example/")], "")
            }
            Self::MaintenancePage => html(200, "<h1>Scheduled maintenance</h1>"),
            Self::VhostMoved => html(404, "no such site here"),
            Self::Misdirected => html(421, "misdirected"),
            Self::CutBody => cut(&there_bytes(path)),
            Self::HalfOpen => Reply::HalfOpen(page(200, &[HTML], "<title>")[..30].to_vec()),
            Self::Garbage => Reply::Bytes(b"\x00\x01\x02garbage\r\n\r\n".to_vec()),
        }
    }
}

/// What a server answers that still has both exposures.
fn there(path: &str) -> Reply {
    Reply::Bytes(there_bytes(path))
}

fn there_bytes(path: &str) -> Vec<u8> {
    match path {
        "/" => page(200, &[HTML], DEFAULT_PAGE),
        "/.git/config" => page(200, &[("content-type", "text/plain")], GIT),
        _ => page(404, &[HTML], "<title>Not found</title>"),
    }
}

/// The head and the first bytes of the body: the rest is lost.
fn cut(bytes: &[u8]) -> Reply {
    let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    Reply::Bytes(bytes[..(head + 3).min(bytes.len())].to_vec())
}

/// Numbers that look random and are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// One run and how its cells settled.
struct Ran {
    fault: Fault,
    from: usize,
    settled: Vec<Settled>,
}

impl fmt::Display for Ran {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:?} from request {}: {:?}",
            self.fault, self.from, self.settled
        )
    }
}

fn setting() -> EngineConfig {
    EngineConfig {
        answer_timeout: Duration::from_secs(1),
        ..config(&["127.0.0.0/8"], None)
    }
}

fn verify(host: &str, port: u16, checks: &[&str]) -> JobSpec {
    let mut job = only(job(&[host], &[port]), checks);
    job.only_known = true;
    job.known = checks
        .iter()
        .map(|check| known(host, port, check))
        .collect();
    job
}

async fn run_one(number: usize, fault: Fault, from: usize) -> Ran {
    let ip = format!("127.0.18.{}", 1 + number % 200);
    let target = Lab::start(any_port(&ip), move |count, head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        if count >= from {
            fault.reply(path)
        } else {
            there(path)
        }
    })
    .await;
    let port = target.address().port();
    let checks = [GIT_CHECK, PAGE_CHECK];
    let report = run_with(setting(), &verify(&ip, port, &checks)).await;
    let settled = checks.map(|check| cell(&report, &ip, port, check));
    Ran {
        fault,
        from,
        settled: settled.to_vec(),
    }
}

fn is_absent(settled: &Settled) -> bool {
    matches!(settled, Settled::Absent { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_makes_an_exposure_absent_and_real_fixes_are_seen() {
    let seed: u64 = rand::random();
    let mut dice = Dice(seed);
    let plans: Vec<(usize, Fault, usize)> = (0..RUNS)
        .map(|number| {
            let fault = FAULTS[number % FAULTS.len()];
            // A fix was there before; a fault may begin in the middle of a run.
            let from = if fault.is_fix() { 0 } else { dice.below(9) };
            (number, fault, from)
        })
        .collect();
    let all: Vec<Ran> = stream::iter(plans)
        .map(|(number, fault, from)| run_one(number, fault, from))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    let (mut fixes, mut seen) = (0, 0);
    for ran in &all {
        if ran.fault.is_fix() {
            fixes += ran.settled.len();
            seen += ran
                .settled
                .iter()
                .filter(|one| {
                    matches!(
                        one,
                        Settled::Absent {
                            confirmed: true,
                            ..
                        }
                    )
                })
                .count();
        } else {
            assert!(!ran.settled.iter().any(is_absent), "{ran} (seed {seed})");
        }
    }
    println!("{} runs, {seen} of {fixes} fixes seen", all.len());
    assert!(seen * 100 >= fixes * 99, "{seen} of {fixes} (seed {seed})");
}

/// A server behind a name, with this certificate or these bytes in place of a handshake.
async fn certificate_run(number: usize, served: &Served) -> JobReport {
    let ip = format!("127.0.19.{}", 1 + number % 200);
    let site = || Site::new([("/", Page::html("<title>Shop</title>"))]);
    let https =
        async |spec: &CertificateSpec| serve_https(any_port(&ip), site(), spec).await.unwrap();
    let (mut kept, mut lab): (Option<Target>, Option<Lab>) = (None, None);
    match served {
        Served::Certificate(spec) => kept = Some(https(spec).await),
        Served::Plain => kept = Some(serve_http(any_port(&ip), site()).await.unwrap()),
        Served::Cut(bytes) => {
            let bytes = bytes.clone();
            lab = Some(Lab::start(any_port(&ip), move |_, _| Reply::Bytes(bytes.clone())).await);
        }
        Served::Stuck(bytes) => {
            let bytes = bytes.clone();
            lab = Some(Lab::start(any_port(&ip), move |_, _| Reply::HalfOpen(bytes.clone())).await);
        }
    }
    let port = kept
        .as_ref()
        .map(Target::address)
        .or(lab.as_ref().map(Lab::address))
        .unwrap()
        .port();
    let answers = vec![DnsAnswer::Addresses(vec![ip.parse().unwrap()])];
    let names = [("shop.example".to_owned(), answers)];
    let dns = serve_dns(any_port(&ip), names.into()).await.unwrap();
    let mut setting = setting();
    setting.resolver.servers = vec![dns.address()];
    run_with(
        setting,
        &verify("shop.example", port, &["tls.cert_expired"]),
    )
    .await
}

enum Served {
    Certificate(CertificateSpec),
    Plain,
    Cut(Vec<u8>),
    Stuck(Vec<u8>),
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wrong_certificate_or_half_a_handshake_does_not_make_an_expired_one_absent() {
    let hello = [0x16, 3, 3, 0, 0x7a, 2, 0, 0, 0x76, 3, 3];
    let served = [
        Served::Certificate(CertificateSpec::expired(&["shop.example"])),
        Served::Certificate(CertificateSpec::valid(&["other.example"])),
        Served::Certificate(CertificateSpec::valid(&["shop.example"])),
        Served::Plain,
        Served::Cut(hello.to_vec()),
        Served::Stuck(hello.to_vec()),
        Served::Cut(vec![0x15, 3, 3, 0, 2, 2, 40]),
    ];
    let fixed = AtomicUsize::new(0);
    stream::iter(0..56_usize)
        .for_each_concurrent(AT_ONCE, |number| {
            let (served, fixed) = (&served, &fixed);
            async move {
                let kind = number % served.len();
                let report = certificate_run(number, &served[kind]).await;
                let settled = report.cells[0].settled.clone();
                if kind == 2 {
                    fixed.fetch_add(usize::from(is_absent(&settled)), Ordering::SeqCst);
                } else {
                    assert!(!is_absent(&settled), "{kind}: {settled:?}");
                }
            }
        })
        .await;
    assert_eq!(fixed.load(Ordering::SeqCst), 8, "every renewal is seen");
}

/// A process that a signal has stopped; it goes on, and ends, when this is dropped.
struct Stopped(std::process::Child);

impl Stopped {
    fn signal(&self, signal: &str) {
        let id = self.0.id().to_string();
        let done = std::process::Command::new("kill")
            .args([signal, &id])
            .status();
        assert!(done.is_ok_and(|status| status.success()), "kill {signal}");
    }
}

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_stopped_server_is_not_a_fixed_one() {
    let ip = "127.0.20.1";
    let port = std::net::TcpListener::bind((ip, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let spawned = std::process::Command::new("redis-server")
        .args(["--bind", ip, "--port", &port.to_string(), "--save", ""])
        .args(["--protected-mode", "no", "--dir"])
        .arg(folder.path())
        .stdout(std::process::Stdio::null())
        .spawn();
    let Ok(child) = spawned else {
        wt_testkit::skip("engine", "redis-server is not installed");
        return;
    };
    let server = Stopped(child);
    let check = "service.redis.no_auth";
    let job = verify(ip, port, &[check]);
    let deadline = std::time::Instant::now() + Duration::from_mins(1);
    while std::net::TcpStream::connect((ip, port)).is_err() {
        assert!(std::time::Instant::now() < deadline, "redis does not start");
        std::thread::yield_now();
    }
    let there = run_with(setting(), &job).await;
    assert_eq!(cell(&there, ip, port, check), Settled::Present);
    server.signal("-STOP");
    let stopped = run_with(setting(), &job).await;
    assert!(!is_absent(&cell(&stopped, ip, port, check)));
    server.signal("-CONT");
    let again = run_with(setting(), &job).await;
    assert_eq!(cell(&again, ip, port, check), Settled::Present);
}
