//! Checks: what the engine can conclude, and how it is told to people.
//!
//! A check judges facts and never touches the network. Identity is its id; what it means is its
//! digest, which changes with its rule (`revision`, paths, marks) and not with its texts, so that
//! a better sentence never makes earlier results incomparable (contracts §5, §6).

mod catalogue;
mod hiding;
mod judge;
mod name;
mod name_rules;
mod page;
mod page_marks;
mod page_rules;
mod path;
mod path_admin;
mod path_files;
mod port;
mod service;
mod takeover;
mod template;
mod tls;
mod tls_rules;

use wt_exposure::{CheckInfo, CheckRef};
use wt_model::{Policy, Severity};

pub(crate) use catalogue::{Known, find, is_own, looks_at_path};
pub use catalogue::{catalogue, check_set_digest};
pub(crate) use judge::{EVIDENCE_BYTES_MAX, Finding, Verdict, judge, needs_of};
pub(crate) use name::{judge_name, name_ask};
pub(crate) use path::without_secrets;
pub(crate) use template::{
    Answers, ServiceAsk, judge_name_template, judge_service_template, judge_template,
};

use crate::probe::{Protocol, WebFacts};

/// One check of the catalogue.
#[derive(Debug)]
pub struct Check {
    /// Stable id, such as `tls.cert_expired`.
    pub id: &'static str,
    /// Short name.
    pub title: &'static str,
    /// How bad a finding is, unless the finding says otherwise.
    pub severity: Severity,
    /// What it means and why it matters.
    pub description: &'static str,
    /// How to repair it.
    pub remediation: &'static str,
    /// Where to read more.
    pub references: &'static [&'static str],
    /// CWE numbers.
    pub cwe: &'static [u32],
    /// The least intrusive policy that lets it run.
    pub policy: Policy,
    /// Raised whenever the rule changes what it concludes.
    revision: u16,
    rule: Rule,
}

impl Check {
    /// A check that asks nothing a visitor would not, in its first revision. `texts` are its
    /// description and its remediation.
    const fn passive(
        id: &'static str,
        title: &'static str,
        severity: Severity,
        texts: (&'static str, &'static str),
        references: &'static [&'static str],
        cwe: &'static [u32],
        rule: Rule,
    ) -> Self {
        Self {
            id,
            title,
            severity,
            description: texts.0,
            remediation: texts.1,
            references,
            cwe,
            policy: Policy::Passive,
            revision: 1,
            rule,
        }
    }

    /// Id and digest.
    pub fn reference(&self) -> CheckRef {
        CheckRef {
            id: self.id.to_owned(),
            digest: catalogue::digest(self),
        }
    }

    /// What people are told.
    pub fn info(&self) -> CheckInfo {
        CheckInfo {
            check: self.reference(),
            title: self.title.to_owned(),
            severity: self.severity,
            description: self.description.to_owned(),
            remediation: self.remediation.to_owned(),
            references: self
                .references
                .iter()
                .map(|url| (*url).to_owned())
                .collect(),
            cwe: self.cwe.to_vec(),
            // These checks are about how things are set up, not about versions.
            cve: Vec::new(),
            cvss_vector: String::new(),
        }
    }

    /// The paths it looks at, each a finding of its own; none for a check of anything else.
    pub const fn paths(&self) -> &'static [&'static str] {
        match &self.rule {
            Rule::Path(rule) => rule.paths,
            _ => &[],
        }
    }

    /// Whether a run of `policy` may ask what this check needs.
    pub fn is_allowed_by(&self, policy: Policy) -> bool {
        self.policy <= policy
    }
}

/// How a check concludes.
#[derive(Debug)]
enum Rule {
    /// The port accepted.
    PortOpen,
    /// A service of this protocol lets strangers in.
    OpenAccess(Protocol),
    /// The port speaks one of these at all.
    Speaks(&'static [Protocol]),
    /// The greeting matches.
    Greeting(Protocol, fn(&[u8]) -> Option<String>),
    /// The page at `/` and its headers.
    Page(fn(&WebFacts) -> page::PageVerdict),
    /// Something lies at a path.
    Path(path::PathRule),
    /// A foreign origin is trusted.
    CrossOrigin,
    /// `TRACE` is answered.
    Trace,
    /// The certificate.
    Certificate(tls::CertificateRule),
    /// An old version is accepted.
    Version(u16),
    /// A weak suite is accepted.
    WeakSuites,
    /// A name leads to a service that does not know it.
    Unclaimed,
    /// What name servers say of a name.
    Name(name::NameRule),
}
