//! Nothing outside the scope is ever connected to, whoever leads there.
use wt_exposure::{InconclusiveReason, Settled};
use wt_targets::{DnsAnswer, Page, Site, serve_dns, serve_http, serve_mute};

use crate::support::{any_port, cell, config, job, run, run_with, seen};

#[tokio::test]
async fn loopback_is_refused_unless_the_operator_opened_it() {
    let target = serve_mute(any_port("127.0.11.1")).await.unwrap();
    let port = target.address().port();
    let report = run_with(config(&[], None), &job(&["127.0.11.1"], &[port])).await;
    assert_eq!(target.connections(), 0);
    assert_eq!(
        cell(&report, "127.0.11.1", port, "port.open"),
        Settled::Inconclusive {
            reason: InconclusiveReason::OutOfScope
        }
    );
    assert!(
        report.denials[0].reason.contains("loopback"),
        "{:?}",
        report.denials
    );
}

#[tokio::test]
async fn a_redirect_out_of_the_scope_is_recorded_and_not_followed() {
    let forbidden = serve_mute(any_port("127.0.11.3")).await.unwrap();
    let elsewhere = format!("http://{}/secret", forbidden.address());
    let site = Site::new([("/", Page::redirect(&elsewhere))]);
    let target = serve_http(any_port("127.0.11.2"), site).await.unwrap();
    let port = target.address().port();
    let report = run(&job(&["127.0.11.2"], &[port])).await;
    assert_eq!(forbidden.connections(), 0);
    let denial = report
        .denials
        .iter()
        .find(|d| d.via.starts_with("redirect"))
        .unwrap();
    assert_eq!(denial.address, Some("127.0.11.3".parse().unwrap()));
    assert!(denial.via.contains("/secret"), "{denial:?}");
}

#[tokio::test]
async fn a_redirect_to_a_foreign_name_asks_no_name_server() {
    let dns = serve_dns(any_port("127.0.11.4"), [].into()).await.unwrap();
    let site = Site::new([("/", Page::redirect("http://metadata.google.example/"))]);
    let target = serve_http(any_port("127.0.11.4"), site).await.unwrap();
    let job = job(&["127.0.11.4"], &[target.address().port()]);
    let report = run_with(config(&["127.0.0.0/8"], Some(dns.address())), &job).await;
    assert_eq!(dns.connections(), 0);
    assert!(
        report
            .denials
            .iter()
            .any(|d| d.host == "metadata.google.example")
    );
}

#[tokio::test]
async fn a_name_that_changes_its_answer_leads_nowhere_new() {
    let inside = "127.0.11.5";
    let site = Site::new([("/", Page::html("<title>First</title>"))]);
    let target = serve_http(any_port(inside), site).await.unwrap();
    let port = target.address().port();
    let trap = serve_mute(std::net::SocketAddr::new(
        "127.0.11.6".parse().unwrap(),
        port,
    ))
    .await
    .unwrap();
    let answers = vec![
        DnsAnswer::Addresses(vec![inside.parse().unwrap()]),
        DnsAnswer::Addresses(vec!["127.0.11.6".parse().unwrap()]),
    ];
    let names = [("rebind.watchtower.example".to_owned(), answers)];
    let dns = serve_dns(any_port("127.0.11.5"), names.into())
        .await
        .unwrap();
    let settings = config(&[inside], Some(dns.address()));
    let report = run_with(settings, &job(&["rebind.watchtower.example"], &[port])).await;
    assert!(seen(&report, port).contains("http.service"));
    assert_eq!(trap.connections(), 0);
    let denial = report
        .denials
        .iter()
        .find(|d| d.via == "second dns answer")
        .unwrap();
    assert_eq!(denial.address, Some("127.0.11.6".parse().unwrap()));
}

#[tokio::test]
async fn of_a_mixed_answer_only_the_permitted_address_is_reached() {
    let site = Site::new([("/", Page::html("<title>Here</title>"))]);
    let target = serve_http(any_port("127.0.11.7"), site).await.unwrap();
    let port = target.address().port();
    let trap = serve_mute(std::net::SocketAddr::new(
        "127.0.11.8".parse().unwrap(),
        port,
    ))
    .await
    .unwrap();
    let answer = DnsAnswer::Addresses(vec![
        "127.0.11.7".parse().unwrap(),
        "127.0.11.8".parse().unwrap(),
        "169.254.169.254".parse().unwrap(),
        "64:ff9b::7f00:1".parse().unwrap(),
    ]);
    let names = [("mixed.watchtower.example".to_owned(), vec![answer])];
    let dns = serve_dns(any_port("127.0.11.7"), names.into())
        .await
        .unwrap();
    let settings = config(&["127.0.11.7"], Some(dns.address()));
    let report = run_with(settings, &job(&["mixed.watchtower.example"], &[port])).await;
    assert!(seen(&report, port).contains("port.open"));
    assert_eq!(trap.connections(), 0);
    let refused: Vec<String> = report
        .denials
        .iter()
        .filter_map(|d| d.address)
        .map(|a| a.to_string())
        .collect();
    for address in ["127.0.11.8", "169.254.169.254", "64:ff9b::7f00:1"] {
        assert!(
            refused.iter().any(|r| r == address),
            "{address} in {refused:?}"
        );
    }
}

#[tokio::test]
async fn names_that_do_not_resolve_settle_with_the_reason() {
    let names = [(
        "broken.watchtower.example".to_owned(),
        vec![DnsAnswer::ServFail],
    )];
    let dns = serve_dns(any_port("127.0.11.9"), names.into())
        .await
        .unwrap();
    let hosts = ["broken.watchtower.example", "gone.watchtower.example"];
    let settings = config(&["127.0.0.0/8"], Some(dns.address()));
    let report = run_with(settings, &job(&hosts, &[80, 443])).await;
    assert_eq!(
        cell(&report, hosts[0], 80, "port.open"),
        Settled::Inconclusive {
            reason: InconclusiveReason::DnsServfail
        }
    );
    assert_eq!(
        cell(&report, hosts[1], 443, "http.service"),
        Settled::Inconclusive {
            reason: InconclusiveReason::Unreachable
        }
    );
}

#[tokio::test]
async fn an_excluded_port_of_a_target_is_not_touched() {
    let target = serve_mute(any_port("127.0.11.10")).await.unwrap();
    let port = target.address().port();
    let mut job = job(&["127.0.11.10"], &[port, 9]);
    job.scope
        .exclusions
        .push(format!("port:{port}").parse().unwrap());
    let report = run(&job).await;
    assert_eq!(target.connections(), 0);
    assert_eq!(
        cell(&report, "127.0.11.10", port, "port.open"),
        Settled::Inconclusive {
            reason: InconclusiveReason::OutOfScope
        }
    );
}
