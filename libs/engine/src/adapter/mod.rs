//! The tools people know, as child processes beside the engine (contracts §4).
//!
//! A tool's output is positive evidence only: it may make a planned cell `present`, under the
//! same check, subject and discriminator as the engine's own finding, and never `absent`. Tools
//! get addresses that the guard resolved and permitted, as an argument vector, never a shell.
//!
//! Their sockets are not the guard's. nmap without scripts connects to its arguments and nothing
//! else; the others load templates, look for updates or follow what they are told, and are
//! refused unless the kernel confines each call to what it was given ([`namespace`]), or the
//! operator confines the worker's egress from outside and says so.
mod calls;
mod child;
mod jsonl;
mod namespace;
mod nmap;
#[cfg(test)]
mod real;
mod shown;
mod sighting;
mod web;

use std::{collections::BTreeMap, fmt, net::IpAddr, path::PathBuf, str::FromStr};

use wt_exposure::PortSet;
use wt_model::Policy;

pub(crate) use calls::Tools;
pub(crate) use namespace::Refused;
pub(crate) use sighting::Sighting;

/// A tool, in the order they are run: those that find ports come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Port scanner, as a connect scan.
    Naabu,
    /// Port scanner, as a connect scan without scripts.
    Nmap,
    /// HTTP prober.
    Httpx,
    /// TLS prober.
    Tlsx,
    /// Template scanner, with the templates that have a check of ours.
    Nuclei,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Self; 5] = [
        Self::Naabu,
        Self::Nmap,
        Self::Httpx,
        Self::Tlsx,
        Self::Nuclei,
    ];

    /// Its name, as in jobs and settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Naabu => "naabu",
            Self::Nmap => "nmap",
            Self::Httpx => "httpx",
            Self::Tlsx => "tlsx",
            Self::Nuclei => "nuclei",
        }
    }

    /// Whether it connects to its arguments and to nothing else.
    const fn stays_with_its_arguments(self) -> bool {
        matches!(self, Self::Nmap)
    }

    /// Whether it sweeps ports, rather than asking services.
    pub(crate) const fn sweeps(self) -> bool {
        matches!(self, Self::Naabu | Self::Nmap)
    }

    /// The least intrusive policy that lets it run.
    const fn policy(self) -> Policy {
        match self {
            Self::Nuclei => Policy::Safe,
            _ => Policy::Passive,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Text that names no tool.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of naabu, nmap, httpx, tlsx, nuclei")]
pub struct InvalidTool;

impl FromStr for Tool {
    type Err = InvalidTool;

    fn from_str(text: &str) -> Result<Self, InvalidTool> {
        let mut all = Self::ALL.into_iter();
        all.find(|tool| tool.as_str() == text).ok_or(InvalidTool)
    }
}

/// What is known of the way out of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Egress {
    /// Nothing: tools that could go elsewhere are refused.
    #[default]
    Open,
    /// The operator confines it from outside (a network policy, a firewall of the host).
    ConfinedOutside,
    /// Each call of a tool gets a network namespace of its own, which lets out what the call was
    /// given and nothing else. Where that can't be made no tool runs, nmap included.
    Namespace,
}

/// Text that names no way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected open, confined-outside or namespace")]
pub struct InvalidEgress;

impl FromStr for Egress {
    type Err = InvalidEgress;

    fn from_str(text: &str) -> Result<Self, InvalidEgress> {
        match text {
            "open" => Ok(Self::Open),
            "confined-outside" => Ok(Self::ConfinedOutside),
            "namespace" => Ok(Self::Namespace),
            _ => Err(InvalidEgress),
        }
    }
}

/// Which tools the operator turned on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolSetting {
    /// Programs by tool; a tool that is not here is off.
    pub paths: BTreeMap<Tool, PathBuf>,
    /// Whether tools that could leave the scope may run.
    pub egress: Egress,
    /// Folder of nuclei's templates; its own default when none is given.
    pub nuclei_templates: Option<PathBuf>,
}

/// Why a tool that a job names does not run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ToolRefusal {
    #[error("it is not turned on here")]
    Off,
    #[error("it could connect to anything, and nobody confines this worker's egress")]
    Unconfined,
    #[error("it is to be confined by a network namespace, and none can be made here: {0}")]
    NoNamespace(namespace::NamespaceFault),
    #[error("the policy of the run does not allow it")]
    Policy,
}

/// One call of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ToolTask {
    /// Addresses the guard permits.
    pub(crate) addresses: Vec<IpAddr>,
    /// Ports it permits at each of them.
    pub(crate) ports: PortSet,
    /// The name that is asked for; none for a sweep, and where the host is an address.
    pub(crate) name: Option<String>,
    /// Connections or requests a second.
    pub(crate) per_second: u32,
    /// How the engine calls itself towards web servers.
    pub(crate) user_agent: String,
}

/// Reads bytes as a report of nmap's and as a line of each other tool's.
pub(crate) fn read_foreign(bytes: &[u8]) {
    let _ = nmap::read(bytes);
    let task = ToolTask {
        addresses: vec![IpAddr::from([127, 0, 0, 1])],
        ports: [(1, u16::MAX)].into_iter().collect(),
        name: None,
        per_second: 1,
        user_agent: String::new(),
    };
    for line in bytes.split(|byte| *byte == b'\n') {
        for tool in Tool::ALL {
            let _ = jsonl::read(tool, &task, line);
        }
    }
}
