//! From facts to a verdict. Pure.
use std::collections::BTreeMap;

use time::OffsetDateTime;
use wt_exposure::{Control, Evidence, InconclusiveReason};
use wt_model::Severity;

use super::{Check, Rule, page, path, service, takeover, tls};
use crate::probe::{Ask, Exchange, Needs, PortFacts, Probed};

/// Most bytes of a response kept as evidence.
pub(crate) const EVIDENCE_BYTES_MAX: usize = 16 * 1024;

/// How a check concluded on one port.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Verdict {
    /// Detected, at least once.
    Present(Vec<Finding>),
    /// Conclusively not there; the control is the proof that it would have been seen.
    Absent(Control),
    /// No conclusion.
    Inconclusive(InconclusiveReason),
}

/// One detection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) discriminator: String,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) title: String,
    /// Where it differs from the check's.
    pub(crate) severity: Option<Severity>,
    pub(crate) evidence: Evidence,
}

impl Finding {
    /// A detection without discriminator or attributes.
    pub(super) fn new(title: String, evidence: Evidence) -> Self {
        Self {
            discriminator: String::new(),
            attributes: BTreeMap::new(),
            title,
            severity: None,
            evidence,
        }
    }

    /// With a declared attribute.
    pub(super) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }

    /// Told apart from other detections of the check on this port.
    pub(super) fn told_apart_by(mut self, discriminator: impl Into<String>) -> Self {
        self.discriminator = discriminator.into();
        self
    }
}

/// Judges one port by one check.
pub(crate) fn judge(check: &Check, facts: &PortFacts, now: OffsetDateTime) -> Verdict {
    match &check.rule {
        Rule::PortOpen => super::port::judge(facts),
        Rule::OpenAccess(_) | Rule::Speaks(_) | Rule::Greeting(..) => {
            service::judge(check, &check.rule, facts)
        }
        Rule::Page(rule) => page::judge(check, *rule, facts),
        Rule::Path(rule) => path::judge(check, rule, facts),
        Rule::CrossOrigin => page::judge_cross_origin(check, facts),
        Rule::Trace => page::judge_trace(check, facts),
        Rule::Certificate(rule) => tls::judge_certificate(check, *rule, facts, now),
        Rule::Version(version) => tls::judge_version(check, *version, facts),
        Rule::WeakSuites => tls::judge_weak_suites(check, facts),
        Rule::Unclaimed => takeover::judge(check, facts),
        // Such a check has no cell at a port.
        Rule::Name(_) => Verdict::Inconclusive(InconclusiveReason::EngineError),
    }
}

/// What the checks ask of a port, together.
pub(crate) fn needs_of<'a>(checks: impl IntoIterator<Item = &'a Check>) -> Needs {
    let mut needs = Needs::default();
    for check in checks {
        match &check.rule {
            Rule::PortOpen | Rule::Name(_) => continue,
            Rule::OpenAccess(_) => needs.asks.extend([Ask::Access]),
            Rule::Speaks(_) | Rule::Greeting(..) => {}
            Rule::Page(_) => needs.asks.extend([Ask::Web]),
            Rule::Path(rule) => {
                needs.asks.extend([Ask::Web]);
                needs.paths.extend(rule.paths);
            }
            Rule::CrossOrigin => needs.asks.extend([Ask::Web, Ask::CrossOrigin]),
            Rule::Trace => needs.asks.extend([Ask::Web, Ask::Trace]),
            Rule::Certificate(_) => needs.asks.extend([Ask::Certificate]),
            Rule::Version(version) => needs.versions.extend([*version]),
            Rule::WeakSuites => needs.asks.extend([Ask::WeakSuites]),
            Rule::Unclaimed => needs.asks.extend([Ask::Web, Ask::Alias]),
        }
        needs.asks.insert(Ask::Protocol);
    }
    needs
}

/// The verdict of questions that were not answered.
pub(super) fn unanswered<T>(probed: &Probed<T>) -> Verdict {
    Verdict::Inconclusive(match probed {
        Probed::Failed(reason) => *reason,
        Probed::NotSpoken | Probed::Facts(_) => InconclusiveReason::Skipped,
    })
}

/// Evidence of one HTTP exchange.
pub(super) fn evidence_of(
    facts: &PortFacts,
    exchange: &Exchange,
    matched: Vec<String>,
) -> Evidence {
    Evidence {
        address: Some(facts.peer.address),
        request: exchange.request.clone(),
        response: exchange.response_head_and_body(EVIDENCE_BYTES_MAX),
        response_sha256: exchange.sha256.clone(),
        certificate: None,
        matched,
        elapsed_ms: exchange.elapsed_ms,
    }
}
