//! A name is gone when its zone's own servers say so, and not when anybody else does.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::net::SocketAddr;

use wt_exposure::{AbsentReason, Control, InconclusiveReason, Settled};
use wt_targets::{DnsAnswer, DnsQuestion, Target, serve_names};

use crate::support::{any_port, cell, config, job, run_with};

const ZONE: &str = "zone.example";

/// What the zone's servers and the resolver say of every name below the zone.
async fn settle(ip: &str, of_resolver: DnsAnswer, of_zone: DnsAnswer) -> (Settled, [u64; 2]) {
    let resolver = serve_names(any_port(&format!("{ip}1")), {
        let zone_ip = format!("{ip}2").parse().unwrap();
        move |name, question| match (name, question) {
            (ZONE, DnsQuestion::Ns) => DnsAnswer::Servers(vec!["ns1.zone.example".to_owned()]),
            ("ns1.zone.example", _) => DnsAnswer::Addresses(vec![zone_ip]),
            _ => of_resolver.clone(),
        }
    })
    .await
    .unwrap();
    let at = SocketAddr::new(format!("{ip}2").parse().unwrap(), resolver.address().port());
    let zone: Target = serve_names(at, move |_, _| of_zone.clone()).await.unwrap();
    let setting = config(&["127.0.0.0/8"], Some(resolver.address()));
    let report = run_with(setting, &job(&["old.zone.example"], &[443])).await;
    let settled = cell(&report, "old.zone.example", 443, "http.exposed.git_config");
    (settled, [resolver.connections(), zone.connections()])
}

fn unreachable() -> Settled {
    Settled::Inconclusive {
        reason: InconclusiveReason::Unreachable,
    }
}

#[tokio::test]
async fn a_name_that_its_own_zone_denies_twice_is_gone() {
    let gone = DnsAnswer::NoSuchName;
    let (settled, [_, zone]) = settle("127.0.21.1", gone.clone(), gone).await;
    assert_eq!(
        settled,
        Settled::Absent {
            control: Control::ZoneAnswered,
            reason: AbsentReason::NameGone,
            confirmed: true,
        }
    );
    assert_eq!(zone, 2, "asked twice");
}

#[tokio::test]
async fn a_resolver_that_hides_a_name_does_not_make_it_gone() {
    let here = DnsAnswer::Addresses(vec!["127.0.21.9".parse().unwrap()]);
    let alias = DnsAnswer::Alias("elsewhere.example".to_owned());
    for (ip, of_zone) in [
        ("127.0.21.3", here),
        ("127.0.21.4", alias),
        ("127.0.21.5", DnsAnswer::ServFail),
        ("127.0.21.6", DnsAnswer::Text(String::new())),
    ] {
        let (settled, [_, zone]) = settle(ip, DnsAnswer::NoSuchName, of_zone).await;
        assert_eq!(settled, unreachable(), "{ip}");
        assert!(zone >= 1, "{ip}: the zone was asked");
    }
}

#[tokio::test]
async fn a_name_without_an_address_is_there() {
    let nothing = || DnsAnswer::Text(String::new());
    let (settled, [_, zone]) = settle("127.0.21.7", nothing(), DnsAnswer::NoSuchName).await;
    assert_eq!((settled, zone), (unreachable(), 0));
}

#[tokio::test]
async fn servers_of_a_zone_in_a_network_nobody_opened_are_not_asked() {
    let resolver = serve_names(any_port("127.0.21.81"), |name, question| {
        match (name, question) {
            (ZONE, DnsQuestion::Ns) => DnsAnswer::Servers(vec!["ns1.zone.example".to_owned()]),
            ("ns1.zone.example", _) => DnsAnswer::Addresses(vec!["127.0.21.82".parse().unwrap()]),
            _ => DnsAnswer::NoSuchName,
        }
    })
    .await
    .unwrap();
    let at = SocketAddr::new("127.0.21.82".parse().unwrap(), resolver.address().port());
    let zone = serve_names(at, |_, _| DnsAnswer::NoSuchName).await.unwrap();
    let setting = config(&["127.0.21.81"], Some(resolver.address()));
    let report = run_with(setting, &job(&["old.zone.example"], &[443])).await;
    let settled = cell(&report, "old.zone.example", 443, "port.open");
    assert_eq!((settled, zone.connections()), (unreachable(), 0));
}
