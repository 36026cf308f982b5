//! A zone that has nothing to find, and ways to break it.
use std::{net::SocketAddr, sync::Arc};

use wt_engine::{JobSpec, check::catalogue};
use wt_exposure::{Control, InconclusiveReason, JobReport, NAME_PORT, Settled, looks_at_name};
use wt_scope::Network;
use wt_targets::{DnsAnswer, DnsQuestion, Target, caa_record, mx_record, serve_zone, soa_record};

use crate::support::{any_port, cell, config, job, only, run_with};

/// The name that is looked at: the top of a zone that takes mail.
pub(crate) const NAME: &str = "shop.example";

/// What a name server says; nothing for what it says of a zone that has nothing to find.
pub(crate) type Change = Arc<dyn Fn(&str, DnsQuestion) -> Option<DnsAnswer> + Send + Sync>;

pub(crate) fn change(
    change: impl Fn(&str, DnsQuestion) -> Option<DnsAnswer> + Send + Sync + 'static,
) -> Change {
    Arc::new(change)
}

/// One answer changed.
pub(crate) fn but(name: &'static str, question: DnsQuestion, answer: DnsAnswer) -> Change {
    change(move |of, what| ((of, what) == (name, question)).then(|| answer.clone()))
}

pub(crate) fn nothing() -> DnsAnswer {
    DnsAnswer::Records(Vec::new())
}

pub(crate) fn text(text: &str) -> DnsAnswer {
    DnsAnswer::Texts(vec![text.to_owned()])
}

/// A zone as it should be, whose only server is at `address`.
pub(crate) fn healthy(name: &str, question: DnsQuestion, address: SocketAddr) -> DnsAnswer {
    match (name, question) {
        (NAME, DnsQuestion::Soa) => DnsAnswer::Records(vec![soa_record()]),
        (NAME, DnsQuestion::Ns) => DnsAnswer::Servers(vec!["ns1.shop.example".to_owned()]),
        (NAME, DnsQuestion::Txt) => DnsAnswer::Texts(vec![
            "something else entirely".to_owned(),
            "v=spf1 include:mail.example -all".to_owned(),
        ]),
        ("mail.example", DnsQuestion::Txt) => text("v=spf1 ip4:192.0.2.0/24 -all"),
        ("_dmarc.shop.example", DnsQuestion::Txt) => text("v=DMARC1; p=reject"),
        (NAME, DnsQuestion::Mx) => DnsAnswer::Records(vec![mx_record("mail.example")]),
        (NAME, DnsQuestion::Caa) => DnsAnswer::Records(vec![caa_record("ca.example")]),
        (NAME, DnsQuestion::Axfr) => DnsAnswer::Refused,
        (NAME | "ns1.shop.example", DnsQuestion::A) => DnsAnswer::Addresses(vec![address.ip()]),
        (NAME | "ns1.shop.example" | "mail.example", _) => nothing(),
        _ => DnsAnswer::NoSuchName,
    }
}

/// A resolver at `ip` that is the zone's own server too.
pub(crate) async fn serve(ip: &str, change: Change) -> Target {
    let at = any_port(ip);
    serve_zone(at, move |name, question| {
        change(name, question).unwrap_or_else(|| healthy(name, question, at))
    })
    .await
    .expect("a name server")
}

/// A job for these checks of the name, in whose scope its name server is.
pub(crate) fn name_job(server: SocketAddr, checks: &[&str]) -> JobSpec {
    let mut job = only(job(&[NAME], &[server.port()]), checks);
    job.scope.networks.insert(Network::single(server.ip()));
    job
}

/// Every check of names.
pub(crate) fn name_checks() -> Vec<&'static str> {
    let ids = catalogue().into_iter().map(|check| check.id);
    ids.filter(|id| looks_at_name(id)).collect()
}

/// What the checks say of the name when `change` is made.
pub(crate) async fn look(ip: &str, change: Change, checks: &[&str]) -> JobReport {
    let server = serve(ip, change).await;
    let setting = config(&["127.0.0.0/8"], Some(server.address()));
    run_with(setting, &name_job(server.address(), checks)).await
}

/// How a check of the name settled.
pub(crate) fn of_name(report: &JobReport, check: &str) -> Settled {
    cell(report, NAME, NAME_PORT, check)
}

pub(crate) fn is_absent(settled: &Settled) -> bool {
    matches!(
        settled,
        Settled::Absent {
            control: Control::NameAnswered,
            ..
        }
    )
}

pub(crate) fn undecided(reason: InconclusiveReason) -> Settled {
    Settled::Inconclusive { reason }
}
