//! What is there is found, and what is not there is absent with a control.
use wt_exposure::{Control, InconclusiveReason, Settled};
use wt_targets::{CertificateSpec, Page, Site, serve_dns, serve_greeting, serve_http, serve_https};

use crate::support::{any_port, cell, config, job, only, run, run_with, seen};

fn leaky() -> Site {
    Site::new([
        (
            "/",
            Page::html("<title>Leaky shop</title>").with("set-cookie", "sid=1; Path=/"),
        ),
        (
            "/.git/config",
            Page::file("[core]\n\trepositoryformatversion = 0\n"),
        ),
        (
            "/.env",
            Page::file("APP_ENV=production\nDB_PASSWORD=hunter2\n"),
        ),
        ("/metrics", Page::file("# TYPE up gauge\nup 1\n")),
        ("/files/", Page::html("<title>Index of /files/</title>")),
    ])
}

#[tokio::test]
async fn a_leaky_site_shows_its_leaks_and_keeps_its_secrets_out_of_the_evidence() {
    let site = serve_http(any_port("127.0.10.1"), leaky()).await.unwrap();
    let port = site.address().port();
    let report = run(&job(&["127.0.10.1"], &[port])).await;
    let seen = seen(&report, port);
    for check in [
        "port.open",
        "http.service",
        "http.exposed.git_config",
        "http.exposed.env_file",
        "http.admin.metrics",
        "http.exposed.directory_listing",
        "http.header.csp_missing",
        "http.header.nosniff_missing",
        "http.cookie.httponly_missing",
        "http.plaintext.no_https_redirect",
    ] {
        assert!(seen.contains(check), "{check} in {seen:?}");
    }
    let env = report
        .observations
        .iter()
        .find(|o| o.check.id == "http.exposed.env_file")
        .unwrap();
    assert_eq!(env.discriminator, "/.env");
    let evidence = String::from_utf8_lossy(&env.evidence.response);
    assert!(evidence.contains("DB_PASSWORD=<removed>"), "{evidence}");
    assert!(!evidence.contains("hunter2"));
    assert!(
        report
            .checks
            .iter()
            .any(|info| info.check.id == "http.exposed.env_file")
    );
    assert!(matches!(
        cell(&report, "127.0.10.1", port, "http.exposed.svn"),
        Settled::Absent {
            control: Control::VhostAnswered,
            confirmed: false,
            ..
        }
    ));
    assert_eq!(
        cell(&report, "127.0.10.1", port, "tls.cert_expired"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Skipped
        }
    );
}

#[tokio::test]
async fn a_site_that_answers_everything_alike_exposes_nothing() {
    let everything = "[core]\nbare = false\n# TYPE up gauge\nDB_PASSWORD=x\n<title>Index of /";
    let site = Site::new([("*", Page::file(everything))]);
    let target = serve_http(any_port("127.0.10.2"), site).await.unwrap();
    let port = target.address().port();
    let report = run(&job(&["127.0.10.2"], &[port])).await;
    let seen = seen(&report, port);
    assert!(
        !seen
            .iter()
            .any(|id| id.starts_with("http.exposed") || id.starts_with("http.admin")),
        "{seen:?}"
    );
}

#[tokio::test]
async fn faults_of_a_certificate_are_found_by_name() {
    let names = [(
        "shop.watchtower.example".to_owned(),
        vec![wt_targets::DnsAnswer::Addresses(vec![
            "127.0.10.3".parse().unwrap(),
        ])],
    )];
    let dns = serve_dns(any_port("127.0.10.3"), names.into())
        .await
        .unwrap();
    let expired = CertificateSpec::expired(&["other.example"]);
    let site = serve_https(any_port("127.0.10.3"), leaky(), &expired)
        .await
        .unwrap();
    let port = site.address().port();
    let settings = config(&["127.0.10.3"], Some(dns.address()));
    let report = run_with(settings, &job(&["shop.watchtower.example"], &[port])).await;
    let found = seen(&report, port);
    for check in [
        "tls.cert_expired",
        "tls.cert_self_signed",
        "tls.cert_name_mismatch",
        "http.header.hsts_missing",
        "http.cookie.secure_missing",
        "http.exposed.git_config",
    ] {
        assert!(found.contains(check), "{check} in {found:?}");
    }
    let host = "shop.watchtower.example";
    for check in [
        "tls.version.tls_1_0",
        "tls.version.ssl_3",
        "tls.weak_suites",
    ] {
        assert!(
            matches!(
                cell(&report, host, port, check),
                Settled::Absent {
                    control: Control::HandshakeCompleted,
                    ..
                }
            ),
            "{check}"
        );
    }
    assert_eq!(
        cell(&report, host, port, "tls.cert_weak_key"),
        Settled::Inconclusive {
            reason: InconclusiveReason::TlsFailed
        },
        "somebody else's key says nothing about this host's"
    );
    let expired = report
        .observations
        .iter()
        .find(|o| o.check.id == "tls.cert_expired")
        .unwrap();
    assert!(expired.evidence.certificate.is_some());
    assert!(
        expired.attributes.contains_key("serial") && expired.attributes.contains_key("not_after")
    );
}

#[tokio::test]
async fn a_healthy_site_has_nothing_but_its_open_port_and_its_certificate_authority() {
    let healthy = Site::new([("/", Page::html("<title>Healthy</title>").hardened())]);
    let valid = CertificateSpec::valid(&["127.0.10.4"]);
    let site = serve_https(any_port("127.0.10.4"), healthy, &valid)
        .await
        .unwrap();
    let port = site.address().port();
    let report = run(&job(&["127.0.10.4"], &[port])).await;
    let seen: Vec<String> = seen(&report, port).into_iter().collect();
    assert_eq!(seen, ["http.service", "port.open", "tls.cert_self_signed"]);
}

#[tokio::test]
async fn services_are_told_apart_by_their_greetings() {
    let ssh = serve_greeting(any_port("127.0.10.5"), b"SSH-1.99-OldSSH_1.2\r\n", b"")
        .await
        .unwrap();
    let telnet = serve_greeting(
        any_port("127.0.10.5"),
        b"\xff\xfd\x18\xff\xfd\x20",
        b"login: ",
    )
    .await
    .unwrap();
    let ftp = serve_greeting(any_port("127.0.10.5"), b"220 ready\r\n", b"230 welcome\r\n")
        .await
        .unwrap();
    let nats = serve_greeting(
        any_port("127.0.10.5"),
        b"INFO {\"server_id\":\"N\",\"version\":\"2.15.1\",\"auth_required\":true}\r\n",
        b"",
    )
    .await
    .unwrap();
    let ports = [&ssh, &telnet, &ftp, &nats].map(|target| target.address().port());
    let report = run(&job(&["127.0.10.5"], &ports)).await;
    assert!(seen(&report, ports[0]).contains("service.ssh.protocol_1"));
    assert!(seen(&report, ports[1]).contains("service.telnet.exposed"));
    assert!(seen(&report, ports[2]).contains("service.ftp.anonymous"));
    assert!(seen(&report, ports[2]).contains("service.ftp.plaintext"));
    assert!(matches!(
        cell(&report, "127.0.10.5", ports[3], "service.nats.no_auth"),
        Settled::Absent {
            control: Control::PortAccepted,
            ..
        }
    ));
    assert_eq!(
        cell(&report, "127.0.10.5", ports[0], "http.exposed.git_config"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Skipped
        }
    );
}

#[tokio::test]
async fn a_passive_run_asks_for_nothing_but_pages_a_browser_would_open() {
    let site = serve_http(any_port("127.0.10.6"), leaky()).await.unwrap();
    let port = site.address().port();
    let mut passive = only(
        job(&["127.0.10.6"], &[port]),
        &["http.exposed.git_config", "http.header.csp_missing"],
    );
    passive.policy = wt_model::Policy::Passive;
    let report = run(&passive).await;
    assert_eq!(
        cell(&report, "127.0.10.6", port, "http.exposed.git_config"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Skipped
        }
    );
    assert_eq!(
        cell(&report, "127.0.10.6", port, "http.header.csp_missing"),
        Settled::Present
    );
}
