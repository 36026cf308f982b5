//! Judging TLS: certificate, versions, suites.
use time::OffsetDateTime;
use wt_exposure::{Control, Evidence, InconclusiveReason};

use super::{Check, Finding, Verdict, judge::unanswered};
use crate::probe::{Certificate, PortFacts, Probed, TlsFacts, WeakSuites};

/// Days before its end in which a certificate counts as expiring: renewal by automation happens
/// 30 days before, so at 21 something has failed.
const EXPIRING_DAYS: i64 = 21;

/// What a rule looks at in a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CertificateRule {
    Expired,
    Expiring,
    NotYetValid,
    SelfSigned,
    NameMismatch,
    WeakKey,
    WeakSignature,
}

/// Judges the chain a server showed.
pub(super) fn judge_certificate(
    check: &Check,
    rule: CertificateRule,
    facts: &PortFacts,
    now: OffsetDateTime,
) -> Verdict {
    let tls = match &facts.tls {
        Probed::Facts(tls) => tls,
        other => return unanswered(other),
    };
    let Some(leaf) = tls.leaf() else {
        return Verdict::Inconclusive(InconclusiveReason::TlsFailed);
    };
    let host = facts.peer.host.as_str();
    if rule == CertificateRule::NameMismatch && host.parse::<std::net::IpAddr>().is_ok() {
        // Nobody visits by address; which names lead here is not known.
        return Verdict::Inconclusive(InconclusiveReason::Skipped);
    }
    match certificate_finding(rule, tls, leaf, host, now) {
        Some((attributes, matched)) => {
            let mut finding = Finding::new(
                check.title.to_owned(),
                evidence(facts, tls, Some(leaf), matched),
            );
            for (name, value) in attributes {
                finding = finding.with(name, value);
            }
            Verdict::Present(vec![finding])
        }
        // Somebody else's certificate says nothing about this host's.
        None if rule != CertificateRule::NameMismatch && is_of_another(leaf, host) => {
            Verdict::Inconclusive(InconclusiveReason::TlsFailed)
        }
        None => Verdict::Absent(Control::HandshakeCompleted),
    }
}

/// Whether a certificate is for other names than the one that was asked for.
pub(super) fn is_of_another(leaf: &Certificate, host: &str) -> bool {
    host.parse::<std::net::IpAddr>().is_err() && !leaf.covers(host)
}

type Attributes = Vec<(&'static str, String)>;

fn certificate_finding(
    rule: CertificateRule,
    tls: &TlsFacts,
    leaf: &Certificate,
    host: &str,
    now: OffsetDateTime,
) -> Option<(Attributes, String)> {
    let until = leaf.not_after.date().to_string();
    let dated = vec![
        ("serial", leaf.serial.clone()),
        ("not_after", until.clone()),
    ];
    match rule {
        CertificateRule::Expired => {
            (leaf.not_after < now).then(|| (dated, format!("not valid after {until}")))
        }
        CertificateRule::Expiring => {
            let left = leaf.not_after - now;
            (!left.is_negative() && left.whole_days() < EXPIRING_DAYS)
                .then(|| (dated, format!("not valid after {until}")))
        }
        CertificateRule::NotYetValid => (leaf.not_before > now).then(|| {
            let from = leaf.not_before.date().to_string();
            let matched = format!("not valid before {from}");
            (
                vec![("serial", leaf.serial.clone()), ("not_before", from)],
                matched,
            )
        }),
        CertificateRule::SelfSigned => leaf.is_self_signed.then(|| {
            (
                vec![
                    ("serial", leaf.serial.clone()),
                    ("subject", leaf.subject.clone()),
                ],
                format!("issuer = subject = {}", leaf.issuer),
            )
        }),
        CertificateRule::NameMismatch => (!leaf.covers(host)).then(|| {
            let names = crate::text::line(&leaf.names.join(", "));
            (
                vec![("names", names.clone())],
                format!("valid for: {names}"),
            )
        }),
        CertificateRule::WeakKey => leaf.has_weak_key().then(|| {
            let key = format!("{} {}", leaf.key_kind, leaf.key_bits);
            (vec![("key", key.clone())], key)
        }),
        CertificateRule::WeakSignature => tls
            .chain
            .iter()
            // The signature of a root is not relied on by anyone.
            .filter(|certificate| !certificate.is_self_signed || tls.chain.len() == 1)
            .find_map(Certificate::weak_signature)
            .map(|hash| (vec![("hash", hash.to_owned())], hash.to_owned())),
    }
}

/// Judges whether an old version is accepted.
pub(super) fn judge_version(check: &Check, version: u16, facts: &PortFacts) -> Verdict {
    let tls = match &facts.tls {
        Probed::Facts(tls) => tls,
        other => return unanswered(other),
    };
    match tls.versions.get(&version) {
        Some(true) => Verdict::Present(vec![Finding::new(
            check.title.to_owned(),
            evidence(facts, tls, tls.leaf(), format!("accepted 0x{version:04x}")),
        )]),
        Some(false) => Verdict::Absent(Control::HandshakeCompleted),
        None => Verdict::Inconclusive(InconclusiveReason::Timeout),
    }
}

/// Judges whether a weak suite is accepted.
pub(super) fn judge_weak_suites(check: &Check, facts: &PortFacts) -> Verdict {
    let tls = match &facts.tls {
        Probed::Facts(tls) => tls,
        other => return unanswered(other),
    };
    match tls.weak_suites {
        WeakSuites::Accepted(suite) => Verdict::Present(vec![Finding::new(
            check.title.to_owned(),
            evidence(
                facts,
                tls,
                tls.leaf(),
                format!("accepted suite 0x{suite:04x}"),
            ),
        )]),
        WeakSuites::Declined => Verdict::Absent(Control::HandshakeCompleted),
        WeakSuites::Unknown => Verdict::Inconclusive(InconclusiveReason::Timeout),
    }
}

fn evidence(
    facts: &PortFacts,
    tls: &TlsFacts,
    leaf: Option<&Certificate>,
    matched: String,
) -> Evidence {
    Evidence {
        address: Some(facts.peer.address),
        certificate: leaf.map(|leaf| leaf.der.clone()),
        matched: vec![matched],
        elapsed_ms: tls.elapsed_ms,
        ..Evidence::default()
    }
}
