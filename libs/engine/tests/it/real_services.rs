//! Real servers, with and without a lock on the door.
use std::{
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use wt_exposure::{Control, Settled};

use crate::support::{cell, job, run, seen};

/// A server process; killed when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A port for a server that cannot choose one itself.
fn free_port() -> u16 {
    let ports = wt_testkit::fleet::free_ports(1).expect("a free port");
    ports.into_iter().next().expect("one was asked for")
}

/// Starts `program` and waits until it accepts; `None` where it is not installed.
fn start(program: &str, arguments: &[&str], ip: &str, port: u16) -> Option<Server> {
    let Ok(child) = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
    else {
        wt_testkit::skip("engine", &format!("{program} is not installed"));
        return None;
    };
    let server = Server(child);
    let deadline = Instant::now() + Duration::from_mins(1);
    while TcpStream::connect((ip, port)).is_err() {
        assert!(Instant::now() < deadline, "{program} does not start");
        std::thread::yield_now();
    }
    Some(server)
}

#[tokio::test]
async fn a_redis_is_open_until_it_has_a_password() {
    let ip = "127.0.15.1";
    let (open, locked) = (free_port(), free_port());
    let folder = tempfile::tempdir().unwrap();
    let common = |port: u16| {
        let (port, folder) = (port.to_string(), folder.path().display().to_string());
        [
            "--bind", ip, "--save", "", "--dir", &folder, "--port", &port,
        ]
        .map(ToOwned::to_owned)
    };
    let run_redis = |port: u16, more: &[&str]| {
        let arguments = common(port);
        let all: Vec<&str> = arguments
            .iter()
            .map(String::as_str)
            .chain(more.iter().copied())
            .collect();
        start("redis-server", &all, ip, port)
    };
    let Some(_open) = run_redis(open, &["--protected-mode", "no"]) else {
        return;
    };
    let Some(_locked) = run_redis(locked, &["--requirepass", "secret"]) else {
        return;
    };
    let report = run(&job(&[ip], &[open, locked])).await;
    assert!(seen(&report, open).contains("service.redis.no_auth"));
    let found = report
        .observations
        .iter()
        .find(|o| o.check.id == "service.redis.no_auth")
        .unwrap();
    assert!(
        found
            .attributes
            .get("version")
            .is_some_and(|v| v.starts_with(|c: char| c.is_ascii_digit()))
    );
    assert!(matches!(
        cell(&report, ip, locked, "service.redis.no_auth"),
        Settled::Absent {
            control: Control::PortAccepted,
            ..
        }
    ));
    assert!(seen(&report, locked).contains("service.database.exposed"));
}

#[tokio::test]
async fn a_memcached_answers_strangers() {
    let ip = "127.0.15.2";
    let port = free_port();
    let text = port.to_string();
    let Some(_server) = start(
        "memcached",
        &["-l", ip, "-p", &text, "-U", "0", "-u", "nobody"],
        ip,
        port,
    ) else {
        return;
    };
    let report = run(&job(&[ip], &[port])).await;
    assert!(seen(&report, port).contains("service.memcached.open"));
}

#[tokio::test]
async fn old_versions_of_tls_are_seen_where_a_modern_library_cannot_look() {
    let ip = "127.0.15.3";
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let spec = wt_targets::CertificateSpec::valid(&["old.example"]);
    let (certificate, key) = wt_targets::make_certificate(&spec).unwrap();
    let (certificate_file, key_file) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
    std::fs::write(&certificate_file, certificate).unwrap();
    std::fs::write(&key_file, key).unwrap();
    let accept = format!("{ip}:{port}");
    let arguments = [
        "s_server",
        "-accept",
        &accept,
        "-www",
        "-quiet",
        "-cipher",
        "ALL:@SECLEVEL=0",
        "-min_protocol",
        "TLSv1",
        "-max_protocol",
        "TLSv1.1",
        "-cert",
        certificate_file.to_str().unwrap(),
        "-key",
        key_file.to_str().unwrap(),
    ];
    let Some(_server) = start("openssl", &arguments, ip, port) else {
        return;
    };
    let report = run(&job(&[ip], &[port])).await;
    let seen = seen(&report, port);
    assert!(
        seen.contains("tls.version.tls_1_0") && seen.contains("tls.version.tls_1_1"),
        "{seen:?}"
    );
    assert!(
        seen.contains("tls.cert_self_signed"),
        "the certificate was read from the old handshake"
    );
    assert!(matches!(
        cell(&report, ip, port, "tls.version.ssl_3"),
        Settled::Absent {
            control: Control::HandshakeCompleted,
            ..
        }
    ));
}
