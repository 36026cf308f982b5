//! Everything known about one exposure.
use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use utoipa::ToSchema;
use wt_proto::results as wire;

use super::{Exposure, tickets::Ticket};
use crate::rest::{moment::Moment, problem::Problem};

/// An exposure with its evidence and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExposureDetail {
    /// The exposure itself.
    #[serde(flatten)]
    pub(crate) exposure: Exposure,
    /// What the check declares meaningful, by name.
    pub(crate) attributes: BTreeMap<String, String>,
    /// Names of attributes whose values look like secrets and are covered; left out for none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub(crate) covered_attributes: Vec<String>,
    /// The latest evidence; what looks like a secret in it is covered
    /// (`POST /exposures/{key}/reveal` shows it).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) evidence: Option<Evidence>,
    /// What this is.
    pub(crate) description: String,
    /// How to repair it.
    pub(crate) remediation: String,
    /// Where to read on.
    pub(crate) references: Vec<String>,
    /// Weaknesses (CWE numbers).
    pub(crate) cwe: Vec<u32>,
    /// Why it has its score.
    pub(crate) risk: Risk,
    /// Its issues at GitHub and Jira, oldest first; left out where that cannot be said now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tickets: Option<Vec<Ticket>>,
}

/// Why an exposure has its score (docs/guides/risk.md).
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Risk {
    /// Sentences, the weightiest first.
    pub(crate) because: Vec<String>,
    /// CVSS vector of the worst CVE it is about.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) cvss_vector: String,
    /// Its base score, 0.0 to 10.0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cvss_score: Option<f64>,
    /// The CVEs it is about.
    pub(crate) cves: Vec<Cve>,
}

/// What is published about a CVE.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Cve {
    /// `CVE-…`
    pub(crate) id: String,
    /// EPSS: how probable an attack within 30 days is, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) epss: Option<f64>,
    /// Since which day attacks are known (CISA KEV).
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) kev_added: String,
    /// By which day agencies of the USA have to have mended it.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) kev_due: String,
    /// Whether extortionists are known to use it.
    pub(crate) ransomware: bool,
}

impl From<wire::Risk> for Risk {
    fn from(risk: wire::Risk) -> Self {
        let scored = !risk.cvss_vector.is_empty();
        Self {
            because: risk.because,
            cvss_score: scored.then(|| f64::from(risk.cvss_tenths) / 10.0),
            cvss_vector: risk.cvss_vector,
            cves: risk.cves.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<wire::Cve> for Cve {
    fn from(cve: wire::Cve) -> Self {
        Self {
            id: cve.id,
            epss: cve.epss_ppm.map(|ppm| f64::from(ppm) / 1_000_000.0),
            kev_added: cve.kev_added,
            kev_due: cve.kev_due,
            ransomware: cve.ransomware,
        }
    }
}

/// Raw proof, bounded. Bytes that are not UTF-8 are shown with replacement characters; the
/// `_base64` fields hold them exactly, but for what is covered: `••••••••` stands in its place.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Evidence {
    /// Address that answered.
    pub(crate) address: String,
    /// What was sent, as text.
    pub(crate) request: String,
    /// What came back, as text.
    pub(crate) response: String,
    /// What was sent.
    #[schema(format = "byte")]
    pub request_base64: String,
    /// What came back.
    #[schema(format = "byte")]
    pub response_base64: String,
    /// SHA-256 of the whole response, hex.
    pub response_sha256: String,
    /// Parts of the response that made the finding.
    pub(crate) matched: Vec<String>,
    /// Leaf certificate.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schema(required = false)]
    pub(crate) certificate_pem: String,
    /// Milliseconds the exchange took.
    pub(crate) elapsed_ms: u32,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) at: Option<Moment>,
    /// The run it comes from.
    pub(crate) run_id: String,
    /// Values in request, response and matched that are covered; 0 where everything is shown.
    pub(crate) covered: u32,
}

/// What is covered where the exposure is shown, as it was seen.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Revealed {
    /// What the check declares meaningful, by name.
    attributes: BTreeMap<String, String>,
    /// The latest evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<Evidence>,
}

impl From<wire::RevealEvidenceResponse> for Revealed {
    fn from(answer: wire::RevealEvidenceResponse) -> Self {
        Self {
            attributes: answer.attributes,
            evidence: answer.evidence.map(Into::into),
        }
    }
}

impl From<wire::Evidence> for Evidence {
    fn from(evidence: wire::Evidence) -> Self {
        Self {
            request: String::from_utf8_lossy(&evidence.request).into_owned(),
            response: String::from_utf8_lossy(&evidence.response).into_owned(),
            request_base64: STANDARD.encode(&evidence.request),
            response_base64: STANDARD.encode(&evidence.response),
            at: Moment::maybe(evidence.at.as_ref()),
            address: evidence.address,
            response_sha256: evidence.response_sha256,
            matched: evidence.matched,
            certificate_pem: evidence.certificate_pem,
            elapsed_ms: evidence.elapsed_ms,
            run_id: evidence.run_id,
            covered: evidence.covered,
        }
    }
}

impl TryFrom<wire::GetExposureResponse> for ExposureDetail {
    type Error = Problem;

    fn try_from(answer: wire::GetExposureResponse) -> Result<Self, Problem> {
        Ok(Self {
            exposure: answer
                .exposure
                .ok_or_else(|| Problem::broken_answer("get_exposure.exposure"))?
                .try_into()?,
            attributes: answer.attributes,
            covered_attributes: answer.covered_attributes,
            evidence: answer.evidence.map(Into::into),
            description: answer.description,
            remediation: answer.remediation,
            references: answer.references,
            cwe: answer.cwe,
            risk: answer.risk.unwrap_or_default().into(),
            tickets: None,
        })
    }
}
