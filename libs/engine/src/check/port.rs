//! Open ports.
use wt_exposure::Evidence;
use wt_model::{Policy, Severity};

use super::{Check, Finding, Rule, Verdict};
use crate::probe::{PortFacts, Probed};

pub(super) const CHECKS: &[Check] = &[Check {
    id: "port.open",
    title: "Open TCP port",
    severity: Severity::Info,
    description: "The port accepts connections from the outside. Every reachable service is \
        attack surface, whether or not it has a known weakness.",
    remediation: "Close the port or restrict it to the networks that need it, or accept it as \
        intended exposure.",
    references: &["https://csrc.nist.gov/pubs/sp/800/41/r1/final"],
    cwe: &[],
    policy: Policy::Passive,
    revision: 1,
    rule: Rule::PortOpen,
}];

/// Facts exist only of ports that accepted. No attribute is declared: what answers behind an open
/// port is concluded by other checks, and a slow greeting must not look like a change.
pub(super) fn judge(facts: &PortFacts) -> Verdict {
    let (response, hint) = match &facts.service {
        Probed::Facts(service) => (service.response.clone(), facts.protocol.as_str()),
        Probed::Failed(_) | Probed::NotSpoken => (Vec::new(), facts.protocol.as_str()),
    };
    let title = if hint == "unknown" {
        format!("Port {}/tcp is open", facts.peer.port)
    } else {
        format!("Port {}/tcp is open ({hint})", facts.peer.port)
    };
    let evidence = Evidence {
        address: Some(facts.peer.address),
        response,
        ..Evidence::default()
    };
    Verdict::Present(vec![Finding::new(title, evidence)])
}
