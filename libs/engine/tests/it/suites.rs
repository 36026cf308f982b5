//! Versions and suites of real TLS servers, beside what another tool sees of them.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::{
    collections::BTreeSet,
    net::{IpAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use wt_engine::{TlsQuestion, TlsReport, inspect_tls};
use wt_exposure::InconclusiveReason;
use wt_scope::{Network, Scope};
use wt_targets::{CertificateSpec, make_certificate, serve_greeting};

use crate::support::any_port;

/// An `openssl s_server`; it ends with the test.
struct Server {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve(ip: &str, more: &[&str]) -> Server {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = make_certificate(&CertificateSpec::valid(&["suite.example"])).unwrap();
    let (certificate_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate_file, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let port = TcpListener::bind((ip, 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let child = Command::new("openssl")
        .args([
            "s_server",
            "-quiet",
            "-www",
            "-accept",
            &format!("{ip}:{port}"),
            "-cert",
        ])
        .arg(certificate_file)
        .arg("-key")
        .arg(key_file)
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_mins(1);
    while TcpStream::connect((ip, port)).is_err() {
        assert!(Instant::now() < deadline, "openssl does not start");
        std::thread::yield_now();
    }
    Server {
        child,
        port,
        _folder: folder,
    }
}

async fn look(ip: &str, port: u16) -> TlsReport {
    let address: IpAddr = ip.parse().unwrap();
    inspect_tls(TlsQuestion {
        scope: Scope {
            networks: [Network::single(address)].into(),
            ports: [port].into_iter().collect(),
            ..Scope::default()
        },
        allowed: vec![Network::single(address)],
        host: ip.to_owned(),
        address,
        port,
        patience: Duration::from_secs(3),
    })
    .await
    .unwrap()
}

/// What sslscan sees, as `(version, number)`; none where it is not installed.
fn sslscan(ip: &str, port: u16) -> Option<BTreeSet<(String, u16)>> {
    let Ok(output) = Command::new("sslscan")
        .args([
            "--no-colour",
            "--no-cipher-details",
            "--no-heartbleed",
            "--xml=-",
        ])
        .arg(format!("{ip}:{port}"))
        .output()
    else {
        wt_testkit::skip("engine", "sslscan is not installed");
        return None;
    };
    let said = String::from_utf8(output.stdout).unwrap();
    let seen = said.split("<cipher ").skip(1).map(|element| {
        let field = |name: &str| {
            let start = element.find(&format!("{name}=\"")).unwrap() + name.len() + 2;
            element[start..].split('"').next().unwrap().to_owned()
        };
        let id = field("id");
        let id = u16::from_str_radix(id.trim_start_matches("0x"), 16).unwrap();
        (field("sslversion"), id)
    });
    Some(seen.collect())
}

fn pairs(report: &TlsReport) -> BTreeSet<(String, u16)> {
    report
        .suites
        .iter()
        .flat_map(|(version, suites)| suites.iter().map(|suite| ((*version).to_owned(), *suite)))
        .collect()
}

#[tokio::test]
async fn a_modern_server_is_seen_as_sslscan_sees_it() {
    let ip = "127.0.23.1";
    let server = serve(ip, &[]);
    let report = look(ip, server.port).await;
    assert!(report.undecided.is_empty(), "{report:?}");
    assert_eq!(report.chain.len(), 1, "{report:?}");
    assert!(!report.suites["TLSv1.3"].is_empty() && !report.suites["TLSv1.2"].is_empty());
    if let Some(theirs) = sslscan(ip, server.port) {
        assert_eq!(pairs(&report), theirs);
    }
}

#[tokio::test]
async fn of_an_old_server_everything_is_seen_that_sslscan_sees_and_more() {
    let ip = "127.0.23.2";
    let all = ["-cipher", "ALL:@SECLEVEL=0", "-min_protocol", "TLSv1"];
    let server = serve(ip, &all);
    let report = look(ip, server.port).await;
    let ours = pairs(&report);
    assert!(!report.suites["TLSv1.0"].is_empty(), "{report:?}");
    assert!(
        report.suites["TLSv1.2"].contains(&0xc018),
        "anonymous suites are among all: {report:?}"
    );
    if let Some(theirs) = sslscan(ip, server.port) {
        let missed: Vec<_> = theirs.difference(&ours).collect();
        assert!(missed.is_empty(), "{missed:?}");
    }
}

#[tokio::test]
async fn one_version_alone_is_told_from_the_others() {
    let ip = "127.0.23.3";
    let server = serve(ip, &["-tls1_3"]);
    let report = look(ip, server.port).await;
    let spoken: Vec<&str> = report
        .suites
        .iter()
        .filter(|(_, suites)| !suites.is_empty())
        .map(|(version, _)| *version)
        .collect();
    assert_eq!(spoken, ["TLSv1.3"]);
    assert_eq!(report.chain.len(), 1, "from a whole handshake");
}

#[tokio::test]
async fn what_is_no_tls_is_undecided_and_has_no_suites() {
    let target = serve_greeting(any_port("127.0.23.4"), b"220 mail\r\n", b"")
        .await
        .unwrap();
    let report = look("127.0.23.4", target.address().port()).await;
    assert!(pairs(&report).is_empty() && report.chain.is_empty());
    assert!(
        report
            .undecided
            .values()
            .all(|why| *why == InconclusiveReason::TlsFailed),
        "{report:?}"
    );
    assert_eq!(report.undecided.len(), 5);
}
