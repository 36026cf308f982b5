//! The unit of everything: one subject × one check, and how it settled (contracts §4).
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use serde::{Deserialize, Serialize};
use wt_model::{AssetId, Severity};

use crate::{PortSet, canonical::fold_host};

/// Transport of a subject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Connection-oriented.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Transport {
    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// What a check looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// The asset the job was planned for.
    pub asset_id: AssetId,
    /// The name when the asset is a domain, else the canonical address.
    pub host: String,
    /// Transport.
    pub transport: Transport,
    /// Port; 0 ([`crate::NAME_PORT`]) for checks of a name itself, whose transport is `tcp` by
    /// convention: part of the identity, and of no meaning.
    pub port: u16,
}

/// A check by its stable id and the digest of the rules it ran with.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CheckRef {
    /// Stable id, such as `tls.cert_expired`.
    pub id: String,
    /// SHA-256 of its definition, hex, first 16 characters.
    pub digest: String,
}

/// What people are told about a check; travels once per result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckInfo {
    /// The check.
    pub check: CheckRef,
    /// Short name.
    pub title: String,
    /// How bad a finding of it is.
    pub severity: Severity,
    /// What it means and why it matters.
    pub description: String,
    /// How to repair it.
    pub remediation: String,
    /// Where to read more (https URLs).
    pub references: Vec<String>,
    /// CWE numbers.
    pub cwe: Vec<u32>,
    /// CVE ids, when it is about known vulnerabilities.
    #[serde(default)]
    pub cve: Vec<String>,
    /// CVSS vector of the worst of them, as its publisher gives it; empty for none.
    #[serde(default)]
    pub cvss_vector: String,
}

/// Proof in the same run that the worker could have seen the thing (a positive control).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// The host answered another probe (for closed ports).
    HostAnswered,
    /// The port accepted a connection.
    PortAccepted,
    /// The handshake completed.
    HandshakeCompleted,
    /// The virtual host answered a benign request.
    VhostAnswered,
    /// The zone's own servers answered twice.
    ZoneAnswered,
    /// The job's name servers answered the questions about the name.
    NameAnswered,
}

/// Why an absence needs no answering port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentReason {
    /// Looked, and it was not there.
    NotThere,
    /// The port answered with a reset.
    Closed,
    /// The name does not exist any more.
    NameGone,
}

/// Why a cell could not be concluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InconclusiveReason {
    /// No route or no answer from the host at all.
    Unreachable,
    /// Silence until the deadline.
    Timeout,
    /// The port refused and the check needs it open.
    Refused,
    /// A filter or web application firewall answered instead.
    Blocked,
    /// The target asked for fewer requests.
    RateLimited,
    /// The handshake did not complete.
    TlsFailed,
    /// The resolver failed.
    DnsServfail,
    /// The session of an authenticated check ended.
    AuthLost,
    /// Budget, window, policy, too many host errors, or another protocol on the port.
    Skipped,
    /// The scope guard refused.
    OutOfScope,
    /// The worker does not have the check.
    CheckMissing,
    /// The engine failed.
    EngineError,
}

impl InconclusiveReason {
    /// The contract's word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Refused => "refused",
            Self::Blocked => "blocked",
            Self::RateLimited => "rate_limited",
            Self::TlsFailed => "tls_failed",
            Self::DnsServfail => "dns_servfail",
            Self::AuthLost => "auth_lost",
            Self::Skipped => "skipped",
            Self::OutOfScope => "out_of_scope",
            Self::CheckMissing => "check_missing",
            Self::EngineError => "engine_error",
        }
    }
}

/// How a cell settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Settled {
    /// Detected; the observations carry what was seen.
    Present,
    /// Conclusively not there.
    Absent {
        /// The positive control behind it.
        control: Control,
        /// Why.
        reason: AbsentReason,
        /// Whether a second probe in the same run agreed.
        confirmed: bool,
    },
    /// Could not be concluded.
    Inconclusive {
        /// Why.
        reason: InconclusiveReason,
    },
}

/// Cells that settled alike, run-length encoded: `ports` × `checks` on one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellRun {
    /// The asset.
    pub asset_id: AssetId,
    /// Canonical host (see [`Subject::host`]).
    pub host: String,
    /// Transport.
    pub transport: Transport,
    /// Ports covered.
    pub ports: PortSet,
    /// Checks covered.
    pub checks: Vec<CheckRef>,
    /// How each of them settled.
    pub settled: Settled,
    /// Effort the checks ran with (`Profile::strength`).
    pub strength: u8,
}

impl CellRun {
    /// How many cells this row stands for.
    pub fn len(&self) -> u64 {
        self.ports.len() * u64::try_from(self.checks.len()).unwrap_or(u64::MAX)
    }

    /// Whether it stands for none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Raw proof of one observation, bounded by the engine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The address that was connected to.
    pub address: Option<IpAddr>,
    /// What was sent, as bytes.
    pub request: Vec<u8>,
    /// What came back, as bytes, cut to the engine's bound.
    pub response: Vec<u8>,
    /// SHA-256 of the whole response, hex.
    pub response_sha256: String,
    /// Leaf certificate, DER.
    pub certificate: Option<Vec<u8>>,
    /// The strings that made the check match.
    pub matched: Vec<String>,
    /// Milliseconds from connect to conclusion.
    pub elapsed_ms: u32,
}

/// One thing seen in a `present` cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observation {
    /// Where.
    pub subject: Subject,
    /// By which check.
    pub check: CheckRef,
    /// Separates two findings of one check on one subject (contracts §5); may be empty.
    pub discriminator: String,
    /// The check's declared list of meaningful attributes, by name (contracts §5).
    pub attributes: BTreeMap<String, String>,
    /// Sentence for people; never part of identity or fingerprint.
    pub title: String,
    /// Severity of this finding.
    pub severity: Severity,
    /// Effort it was found with.
    pub strength: u8,
    /// Proof.
    pub evidence: Evidence,
}

/// A connection the scope guard refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ScopeDenial {
    /// The host that was asked for.
    pub host: String,
    /// The address it led to, if one was known.
    pub address: Option<IpAddr>,
    /// Port.
    pub port: u16,
    /// Why, as a sentence.
    pub reason: String,
    /// Which redirect or DNS answer led there.
    pub via: String,
}

/// What one attempt of one job reports, before it is put on the wire.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobReport {
    /// Every planned cell, run-length encoded. Cells of one subject × check appear once.
    pub cells: Vec<CellRun>,
    /// What the `present` cells saw.
    pub observations: Vec<Observation>,
    /// What people are told about the checks that saw something.
    pub checks: Vec<CheckInfo>,
    /// Connections the guard refused.
    pub denials: Vec<ScopeDenial>,
}

impl JobReport {
    /// The same report with every host of cells and observations in its one spelling
    /// ([`fold_host`]): the identity of an exposure folds it too, and what is looked up by host
    /// must meet what is kept by it.
    #[must_use]
    pub fn with_folded_hosts(mut self) -> Self {
        let cells = self.cells.iter_mut().map(|cell| &mut cell.host);
        let seen = self.observations.iter_mut();
        for host in cells.chain(seen.map(|seen| &mut seen.subject.host)) {
            *host = fold_host(host);
        }
        self
    }

    /// What the report says of other assets than these.
    #[must_use]
    pub fn without_assets(&self, assets: &BTreeSet<AssetId>) -> Self {
        let other = |asset: &AssetId| !assets.contains(asset);
        let cells = self.cells.iter().filter(|cell| other(&cell.asset_id));
        let seen = self.observations.iter();
        Self {
            cells: cells.cloned().collect(),
            observations: seen
                .filter(|seen| other(&seen.subject.asset_id))
                .cloned()
                .collect(),
            checks: self.checks.clone(),
            denials: self.denials.clone(),
        }
    }
}
