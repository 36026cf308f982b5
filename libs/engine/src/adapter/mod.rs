//! The tools people know, as child processes beside the engine (contracts §4).
//!
//! A tool's output is positive evidence only: it may make a planned cell `present`, under the
//! same check, subject and discriminator as the engine's own finding, and never `absent`. Tools
//! get addresses that the guard resolved and permitted, as an argument vector, never a shell.
//!
//! Their sockets are not the guard's. nmap without scripts connects to its arguments and nothing
//! else; the others load templates, look for updates or follow what they are told, and are
//! refused unless the operator confines the worker's egress from outside and says so.
mod child;
mod jsonl;
mod nmap;
#[cfg(test)]
mod real;
mod shown;
mod sighting;
mod web;

use std::{
    collections::BTreeMap,
    fmt,
    net::IpAddr,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use tokio::time::Instant;
use wt_exposure::PortSet;
use wt_model::Policy;

pub(crate) use child::ChildFault;
pub(crate) use sighting::Sighting;

/// Patience with a tool that is asked for its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(10);

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ToolRefusal {
    #[error("it is not turned on here")]
    Off,
    #[error("it could connect to anything, and nobody confines this worker's egress")]
    Unconfined,
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

/// What a call came to: what was seen, and with which version.
#[derive(Debug, Default)]
pub(crate) struct ToolOutcome {
    pub(crate) sightings: Vec<Sighting>,
    /// Why it ended early; what it had said until then counts.
    pub(crate) fault: Option<ChildFault>,
}

impl ToolSetting {
    /// The program of a tool that may run under `policy`.
    pub(crate) fn admit(&self, tool: Tool, policy: Policy) -> Result<&Path, ToolRefusal> {
        let path = self.paths.get(&tool).ok_or(ToolRefusal::Off)?;
        if policy < tool.policy() {
            return Err(ToolRefusal::Policy);
        }
        if !tool.stays_with_its_arguments() && self.egress == Egress::Open {
            return Err(ToolRefusal::Unconfined);
        }
        Ok(path)
    }

    /// What a tool says of its version; nmap says it with its report.
    pub(crate) async fn version(&self, tool: Tool, program: &Path, deadline: Instant) -> String {
        if tool == Tool::Nmap {
            return String::new();
        }
        let arguments = ["-version".to_owned(), "-duc".to_owned()];
        let call = child::Call {
            program,
            arguments: &arguments,
            deadline: deadline.min(Instant::now() + VERSION_PATIENCE),
            hears: child::Hears::Errors,
        };
        let mut version = String::new();
        let mut hear = |line: &[u8]| {
            let line = crate::text::snippet(line);
            if version.is_empty() && line.to_ascii_lowercase().contains("version") {
                version = line;
            }
        };
        // One that does not say is run all the same.
        let _ = call.run(&mut hear).await;
        version
    }

    /// Runs a tool once; ends by `deadline`, and with it whatever the tool started.
    pub(crate) async fn run(
        &self,
        tool: Tool,
        program: &Path,
        task: &ToolTask,
        deadline: Instant,
    ) -> ToolOutcome {
        let mut outcome = ToolOutcome::default();
        let arguments = match tool {
            Tool::Nmap => nmap::arguments(task),
            Tool::Naabu => jsonl::naabu_arguments(task),
            Tool::Httpx => web::httpx_arguments(task),
            Tool::Tlsx => web::tlsx_arguments(task),
            Tool::Nuclei => web::nuclei_arguments(task, self.nuclei_templates.as_deref()),
        };
        let call = child::Call {
            program,
            arguments: &arguments,
            deadline,
            hears: child::Hears::Output,
        };
        let sightings = &mut outcome.sightings;
        let ended = if tool == Tool::Nmap {
            let mut whole = Vec::new();
            let mut hear = |line: &[u8]| {
                whole.extend_from_slice(line);
                whole.push(b'\n');
            };
            let ended = call.run(&mut hear).await;
            // Cut off or not: hosts it was done with are told of.
            sightings.extend(nmap::read(&whole));
            ended
        } else {
            let mut hear = |line: &[u8]| sightings.extend(jsonl::read(tool, task, line));
            call.run(&mut hear).await
        };
        for sighting in sightings {
            sighting.called = call.told();
        }
        outcome.fault = ended.err();
        outcome
    }
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

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use wt_model::Policy;

    use super::{Egress, Tool, ToolRefusal, ToolSetting};

    #[test]
    fn only_a_tool_that_stays_with_its_arguments_runs_without_a_confined_way_out() {
        let mut setting = ToolSetting::default();
        assert_eq!(
            setting.admit(Tool::Nmap, Policy::Safe),
            Err(ToolRefusal::Off)
        );
        setting.paths = Tool::ALL
            .map(|tool| (tool, PathBuf::from(tool.as_str())))
            .into();
        for tool in Tool::ALL {
            let admitted = setting.admit(tool, Policy::Safe);
            assert_eq!(admitted.is_ok(), tool == Tool::Nmap, "{tool}");
        }
        setting.egress = Egress::ConfinedOutside;
        for tool in Tool::ALL {
            assert!(setting.admit(tool, Policy::Safe).is_ok(), "{tool}");
            let is_quiet = setting.admit(tool, Policy::Passive).is_ok();
            assert_eq!(is_quiet, tool != Tool::Nuclei, "{tool}");
            assert_eq!(tool.as_str().parse(), Ok(tool));
        }
    }
}
