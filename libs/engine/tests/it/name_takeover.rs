//! Aliases of what is not there, services that know nobody of a name, and zones handed out.
#![expect(
    clippy::unwrap_used,
    reason = "what a test sets up works, or the test fails"
)]
use std::net::SocketAddr;

use wt_exposure::{InconclusiveReason, Settled};
use wt_model::{Policy, Severity};
use wt_targets::{
    DnsAnswer, DnsQuestion, Page, Site, serve_http, serve_names, serve_zone, soa_record,
};

use crate::{
    name_support::{
        Change, NAME, but, change, healthy, is_absent, look, name_job, of_name, serve, undecided,
    },
    support::{any_port, cell, config, job, only, run_with},
};

const DANGLING: &str = "dns.cname.dangling";
const TRANSFER: &str = "dns.zone_transfer";
const UNCLAIMED: &str = "http.takeover.unclaimed";

fn alias(to: &str) -> DnsAnswer {
    DnsAnswer::Alias(to.to_owned())
}

/// The name is an alias of `end`, of which the resolver says `says`; the zone of `end` has a
/// server at the resolver.
fn leads_to(end: &'static str, says: DnsAnswer) -> Change {
    let zone = end.split_once('.').unwrap().1;
    change(move |name, question| match (name, question) {
        (NAME, _) => Some(alias(end)),
        (of, _) if of == end => Some(says.clone()),
        (of, DnsQuestion::Ns) if of == zone => {
            Some(DnsAnswer::Servers(vec!["ns1.shop.example".to_owned()]))
        }
        _ => None,
    })
}

#[tokio::test]
async fn an_alias_of_a_name_that_its_own_zone_denies_is_dangling() {
    for (n, end, severity) in [
        (1, "old.elsewhere.example", Severity::Medium),
        (2, "old-shop.azurewebsites.net", Severity::High),
    ] {
        let change = leads_to(end, DnsAnswer::NoSuchName);
        let report = look(&format!("127.0.24.{n}"), change, &[DANGLING]).await;
        assert_eq!(of_name(&report, DANGLING), Settled::Present, "{end}");
        let seen = &report.observations[0];
        assert_eq!(
            (seen.severity, seen.attributes["target"].as_str()),
            (severity, end)
        );
    }
}

#[tokio::test]
async fn an_alias_is_not_dangling_while_its_end_is_there_or_nobody_knows() {
    let here = DnsAnswer::Addresses(vec!["127.0.0.1".parse().unwrap()]);
    let only_text = DnsAnswer::Text("no address, and yet there".to_owned());
    for (n, says) in [(3, here), (4, only_text)] {
        let change = leads_to("cdn.elsewhere.example", says);
        let report = look(&format!("127.0.24.{n}"), change, &[DANGLING]).await;
        assert!(is_absent(&of_name(&report, DANGLING)), "{n}");
    }
    let change = leads_to("cdn.elsewhere.example", DnsAnswer::ServFail);
    let report = look("127.0.24.5", change, &[DANGLING]).await;
    assert_eq!(
        of_name(&report, DANGLING),
        undecided(InconclusiveReason::DnsServfail)
    );
    let round = change_round();
    let report = look("127.0.24.6", round, &[DANGLING]).await;
    assert_eq!(
        of_name(&report, DANGLING),
        undecided(InconclusiveReason::DnsServfail)
    );
}

/// Two names that are aliases of each other.
fn change_round() -> Change {
    change(|name, _| match name {
        NAME => Some(alias("round.example")),
        "round.example" => Some(alias(NAME)),
        _ => None,
    })
}

#[tokio::test]
async fn a_resolver_that_hides_the_end_of_an_alias_does_not_make_it_dangling() {
    let end = "cdn.elsewhere.example";
    let there = "127.0.24.8";
    let denies = change(move |name, question| match (name, question) {
        (NAME, _) => Some(alias(end)),
        ("cdn.elsewhere.example", _) => Some(DnsAnswer::NoSuchName),
        ("elsewhere.example", DnsQuestion::Ns) => {
            Some(DnsAnswer::Servers(vec!["ns.elsewhere.example".to_owned()]))
        }
        ("ns.elsewhere.example", _) => Some(DnsAnswer::Addresses(vec![there.parse().unwrap()])),
        _ => None,
    });
    let resolver = serve("127.0.24.7", denies).await;
    let at = SocketAddr::new(there.parse().unwrap(), resolver.address().port());
    let here = DnsAnswer::Addresses(vec!["127.0.0.1".parse().unwrap()]);
    let zone = serve_names(at, move |_, _| here.clone()).await.unwrap();
    let setting = config(&["127.0.0.0/8"], Some(resolver.address()));
    let report = run_with(setting, &name_job(resolver.address(), &[DANGLING])).await;
    assert_eq!(
        of_name(&report, DANGLING),
        undecided(InconclusiveReason::DnsServfail)
    );
    assert_eq!(zone.connections(), 1, "it was asked");
}

#[tokio::test]
async fn a_zone_given_to_strangers_is_seen_with_what_was_given() {
    let address = (1, vec![192, 0, 2, 1]);
    let zone = DnsAnswer::Records(vec![soa_record(), address, soa_record()]);
    let report = look(
        "127.0.24.10",
        but(NAME, DnsQuestion::Axfr, zone),
        &[TRANSFER],
    )
    .await;
    assert_eq!(of_name(&report, TRANSFER), Settled::Present);
    let seen = &report.observations[0];
    assert_eq!(seen.discriminator, "ns1.shop.example");
    assert!(String::from_utf8_lossy(&seen.evidence.response).contains("192.0.2.1"));

    let empty = DnsAnswer::Records(vec![soa_record()]);
    let report = look(
        "127.0.24.11",
        but(NAME, DnsQuestion::Axfr, empty),
        &[TRANSFER],
    )
    .await;
    let settled = of_name(&report, TRANSFER);
    assert!(
        matches!(settled, Settled::Inconclusive { .. }),
        "{settled:?}: nothing was given"
    );
    let no_zone = but(NAME, DnsQuestion::Soa, DnsAnswer::Text(String::new()));
    let report = look("127.0.24.12", no_zone, &[TRANSFER]).await;
    assert!(
        is_absent(&of_name(&report, TRANSFER)),
        "it is no zone of its own"
    );
}

#[tokio::test]
async fn a_name_server_outside_the_scope_is_never_asked_for_the_zone() {
    let outside = "127.0.24.14";
    let resolver = serve(
        "127.0.24.13",
        change(move |name, question| {
            let there = DnsAnswer::Addresses(vec![outside.parse().unwrap()]);
            ((name, question) == ("ns1.shop.example", DnsQuestion::A)).then_some(there)
        }),
    )
    .await;
    let at = SocketAddr::new(outside.parse().unwrap(), resolver.address().port());
    let server = serve_zone(at, |_, _| {
        DnsAnswer::Records(vec![soa_record(), soa_record()])
    })
    .await
    .unwrap();
    let setting = config(&["127.0.0.0/8"], Some(resolver.address()));
    let mut job = name_job(resolver.address(), &[TRANSFER]);
    let report = run_with(setting.clone(), &job).await;
    let settled = of_name(&report, TRANSFER);
    assert_eq!(settled, undecided(InconclusiveReason::OutOfScope));
    assert_eq!((server.connections(), report.denials.len()), (0, 0));

    // Named in the scope, it is; under a passive policy, nobody is.
    job.scope.hosts.insert("ns1.shop.example".parse().unwrap());
    let report = run_with(setting.clone(), &job).await;
    assert_eq!(of_name(&report, TRANSFER), Settled::Present);
    assert_eq!(server.connections(), 1);
    job.policy = Policy::Passive;
    let report = run_with(setting, &job).await;
    assert_eq!(
        of_name(&report, TRANSFER),
        undecided(InconclusiveReason::Skipped)
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_service_that_knows_nobody_of_a_name_is_seen_only_behind_an_alias_into_it() {
    let missing = |body: &str| Page {
        status: 404,
        ..Page::html(body)
    };
    let unclaimed = "<p><strong>There isn't a GitHub Pages site here.</strong></p>";
    let claimed = Page::html("<title>Our docs</title>");
    let pages = "shop.github.io";
    let cases = [
        (1, missing(unclaimed), Some(pages), Some(Settled::Present)),
        (2, missing(unclaimed), Some("shop.elsewhere.example"), None),
        (3, claimed, Some(pages), None),
        (4, missing(unclaimed), None, None),
        (
            5,
            missing("<p>Not here.</p>"),
            Some(pages),
            Some(undecided(InconclusiveReason::Blocked)),
        ),
    ];
    for (n, page, to, expected) in cases {
        let ip = format!("127.0.25.{n}");
        let site = serve_http(any_port(&ip), Site::new([("/", page)]))
            .await
            .unwrap();
        let port = site.address().port();
        let at = site.address();
        let names = serve(
            &format!("127.0.25.10{n}"),
            change(move |name, question| {
                let here = healthy(NAME, DnsQuestion::A, at);
                match (name, to) {
                    (NAME, Some(to)) => Some(alias(to)),
                    (of, Some(to)) if of == to && question == DnsQuestion::A => Some(here),
                    (NAME, None) if question == DnsQuestion::A => Some(here),
                    (of, Some(to)) if of == to => Some(DnsAnswer::Text(String::new())),
                    _ => None,
                }
            }),
        )
        .await;
        let setting = config(&["127.0.0.0/8"], Some(names.address()));
        let report = run_with(setting, &only(job(&[NAME], &[port]), &[UNCLAIMED])).await;
        let settled = cell(&report, NAME, port, UNCLAIMED);
        match expected {
            Some(expected) => assert_eq!(settled, expected, "{n}"),
            None => assert!(
                matches!(settled, Settled::Absent { .. }),
                "{n}: {settled:?}"
            ),
        }
        let seen = report.observations.first();
        let service = seen.map(|seen| seen.attributes["service"].clone());
        assert_eq!(service.is_some(), n == 1);
    }
}
