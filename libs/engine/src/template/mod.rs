//! Runs detection templates: what `wt-template` read is sent through the guard and judged there.
//!
//! Works through one target at a time and through many templates at once. An answer to a read is
//! kept for the target, so that templates which ask the same share it; one pass of the prefilter
//! over each answer decides which templates look at it at all.
//!
//! **Bounds**: 10 MiB of a body (a template may ask for less), 64 MiB of kept answers for each
//! target under work, [`RUN_REQUESTS_MAX`] requests of one template to one target.

mod answer;
mod args;
mod builtin;
mod checks;
mod covered;
mod dns;
mod found;
mod http;
mod interactions;
mod kept;
mod look;
mod run;
mod session;
mod set;
mod tcp;
mod tls;
mod transport;

use std::{sync::Arc, time::Duration};

use rustls::ClientConfig;
use serde::Serialize;
use wt_model::{Policy, Severity};
use wt_scope::{Network, Scope};

use crate::{ResolverSetting, StartFault};

pub use args::{TemplateArgs, TemplateArgsFault};
pub(crate) use checks::Place;
pub use checks::{TEMPLATE_CHECKS_MAX, TemplateChecks, TooManyChecks};
pub use interactions::{InteractionSetting, Interactions};
pub(crate) use look::TemplateLook;
pub use run::run_templates;
pub use set::{LoadedTemplate, SetFault, TemplateSet};

/// Most requests of one template to one target: more is a brute force, whatever it says.
pub const RUN_REQUESTS_MAX: usize = 20_000;

/// How templates are run.
#[derive(Debug, Clone)]
pub struct TemplateSetting {
    /// What may be touched.
    pub scope: Scope,
    /// Special address ranges the operator opened.
    pub allowed: Vec<Network>,
    /// Name servers.
    pub resolver: ResolverSetting,
    /// Connections a second to one address; 0 for no pace.
    pub requests_per_second: u32,
    /// Patience with a handshake of TCP.
    pub connect_timeout: Duration,
    /// Patience with one answer.
    pub answer_timeout: Duration,
    /// What web servers are told.
    pub user_agent: String,
    /// Templates at work at once.
    pub at_once: usize,
    /// Templates that need more than this are left out.
    pub policy: Policy,
    /// Values for names that templates leave to the operator.
    pub values: Vec<(String, String)>,
    /// Who notices that a target came to us; without, templates that need it are left out.
    pub interactions: Option<Arc<Interactions>>,
    /// Where texts of chance come from; the same seed gives the same requests.
    pub seed: u64,
}

/// One match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateMatch {
    /// The template.
    #[serde(rename = "template-id")]
    pub template_id: String,
    /// Its file in the set.
    #[serde(rename = "template-path")]
    pub template_path: String,
    /// What people are told.
    pub info: MatchInfo,
    /// The matcher, when it has a name.
    #[serde(rename = "matcher-name", skip_serializing_if = "String::is_empty")]
    pub matcher_name: String,
    /// The extractor, when the match is what it took.
    #[serde(rename = "extractor-name", skip_serializing_if = "String::is_empty")]
    pub extractor_name: String,
    /// The protocol's word.
    #[serde(rename = "type")]
    pub protocol: &'static str,
    /// The target's host.
    pub host: String,
    /// The target's port.
    pub port: String,
    /// The URL or address that answered.
    #[serde(rename = "matched-at")]
    pub matched_at: String,
    /// What was taken from the answer.
    #[serde(rename = "extracted-results", skip_serializing_if = "Vec::is_empty")]
    pub extracted_results: Vec<String>,
    /// The address that was connected to.
    pub ip: String,
    /// When, RFC 3339.
    pub timestamp: String,
    /// Always true: what did not match is not reported.
    #[serde(rename = "matcher-status")]
    pub matcher_status: bool,
}

/// What people are told of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MatchInfo {
    /// Short name.
    pub name: String,
    /// How bad it is.
    pub severity: Severity,
    /// Tags of the template.
    pub tags: Vec<String>,
    /// Known vulnerabilities and weaknesses it is about; left out when it names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classification: Option<Classification>,
}

/// What a template's `info.classification` says, in nuclei's own fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Classification {
    /// CVE ids, as the template spells them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cve_id: Vec<String>,
    /// `cwe-79`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cwe_id: Vec<String>,
    /// CVSS vector.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cvss_metrics: String,
}

impl Classification {
    /// Of a template; none where it says nothing of the kind.
    fn of(info: &wt_template::Info) -> Option<Self> {
        let names_any = !info.cve.is_empty() || !info.cwe.is_empty();
        (names_any || !info.cvss_vector.is_empty()).then(|| Self {
            cve_id: info.cve.clone(),
            cwe_id: info.cwe.iter().map(|id| format!("cwe-{id}")).collect(),
            cvss_metrics: info.cvss_vector.clone(),
        })
    }
}

/// How a run went besides its matches.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TemplateReport {
    /// Requests sent.
    pub requests: u64,
    /// Requests that an earlier answer made needless.
    pub shared: u64,
    /// Answers that no template had to look at again, because the prefilter said so.
    pub prefiltered: u64,
    /// Connections the guard refused, as sentences, each once.
    pub denials: Vec<String>,
    /// `template: reason` for templates that the policy or a missing value left out.
    pub left_out: Vec<String>,
}

/// Runs template sets.
#[derive(Debug, Clone)]
pub struct TemplateRunner {
    tls: Arc<ClientConfig>,
}

impl TemplateRunner {
    /// A runner.
    ///
    /// # Errors
    /// When the TLS library refuses its settings.
    pub fn new() -> Result<Self, StartFault> {
        let tls = crate::probe::any_certificate_config().map_err(StartFault::Tls)?;
        Ok(Self { tls })
    }
}
