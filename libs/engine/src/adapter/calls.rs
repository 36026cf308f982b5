//! Calls of the tools: which may run here, and each within the way out it is given.
use std::{path::Path, time::Duration};

use tokio::time::Instant;
use wt_model::Policy;

use super::{
    Egress, Sighting, Tool, ToolRefusal, ToolSetting, ToolTask,
    child::{self, Call, ChildFault, Hears},
    jsonl,
    namespace::{Namespace, NamespaceFault, Namespaces, Refused},
    nmap, web,
};

/// Patience with a tool that is asked for its version.
const VERSION_PATIENCE: Duration = Duration::from_secs(10);

/// The tools of one engine.
#[derive(Debug)]
pub(crate) struct Tools {
    setting: ToolSetting,
    way: Way,
}

/// The way out that a tool is given.
#[derive(Debug)]
enum Way {
    Open,
    ConfinedOutside,
    Namespaces(Namespaces),
    /// Namespaces were asked for, and can't be made.
    None(NamespaceFault),
}

/// What a call came to: what was seen, and what was refused.
#[derive(Debug, Default)]
pub(crate) struct ToolOutcome {
    pub(crate) sightings: Vec<Sighting>,
    /// Why it ended early; what it had said until then counts.
    pub(crate) fault: Option<ChildFault>,
    /// What the kernel did not let out.
    pub(crate) refused: Refused,
}

impl Tools {
    /// Finds out whether the way out that was asked for can be given, and says so.
    pub(crate) fn start(setting: ToolSetting) -> Self {
        let way = match setting.egress {
            Egress::Open => Way::Open,
            Egress::ConfinedOutside => Way::ConfinedOutside,
            // Nobody is let out.
            Egress::Namespace if setting.paths.is_empty() => Way::Open,
            Egress::Namespace => match Namespaces::start() {
                Ok(namespaces) => {
                    tracing::info!(
                        frames = namespaces.has_egress(),
                        "each call of a tool gets a network namespace of its own"
                    );
                    Way::Namespaces(namespaces)
                }
                Err(fault) => {
                    tracing::warn!(%fault, "no network namespace can be made: no tool will be run");
                    Way::None(fault)
                }
            },
        };
        Self { setting, way }
    }

    /// The program of a tool that may run under `policy`.
    pub(crate) fn admit(&self, tool: Tool, policy: Policy) -> Result<&Path, ToolRefusal> {
        let path = self.setting.paths.get(&tool).ok_or(ToolRefusal::Off)?;
        if policy < tool.policy() {
            return Err(ToolRefusal::Policy);
        }
        match &self.way {
            Way::Open if !tool.stays_with_its_arguments() => Err(ToolRefusal::Unconfined),
            Way::None(fault) => Err(ToolRefusal::NoNamespace(fault.clone())),
            _ => Ok(path),
        }
    }

    /// What a tool says of its version; nmap says it with its report.
    pub(crate) async fn version(&self, tool: Tool, program: &Path, deadline: Instant) -> String {
        if tool == Tool::Nmap {
            return String::new();
        }
        let deadline = deadline.min(Instant::now() + VERSION_PATIENCE);
        let Ok(within) = self.way_of(None, deadline).await else {
            return String::new();
        };
        let arguments = ["-version".to_owned(), "-duc".to_owned()];
        let call = Call {
            program,
            arguments: &arguments,
            deadline,
            hears: Hears::Errors,
            within: within.as_ref(),
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
        let within = match self.way_of(Some(task), deadline).await {
            Ok(within) => within,
            Err(fault) => {
                outcome.fault = Some(fault.into());
                return outcome;
            }
        };
        let arguments = match tool {
            Tool::Nmap => nmap::arguments(task),
            Tool::Naabu => jsonl::naabu_arguments(task),
            Tool::Httpx => web::httpx_arguments(task),
            Tool::Tlsx => web::tlsx_arguments(task),
            Tool::Nuclei => web::nuclei_arguments(task, self.setting.nuclei_templates.as_deref()),
        };
        let call = Call {
            program,
            arguments: &arguments,
            deadline,
            hears: Hears::Output,
            within: within.as_ref(),
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
        if let Some(within) = within {
            outcome.refused = within.close().await;
        }
        outcome
    }

    /// The namespace of a call, where each has its own; one without a task leads nowhere.
    async fn way_of(
        &self,
        task: Option<&ToolTask>,
        deadline: Instant,
    ) -> Result<Option<Namespace>, NamespaceFault> {
        let Way::Namespaces(namespaces) = &self.way else {
            return Ok(None);
        };
        let time = deadline.saturating_duration_since(Instant::now());
        let time = time.min(child::TIME_MAX);
        let namespace = match task {
            Some(task) => namespaces.open(task, time).await?,
            None => namespaces.open_closed(time).await?,
        };
        Ok(Some(namespace))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use wt_model::Policy;

    use super::{NamespaceFault, Tools, Way};
    use crate::adapter::{Egress, Tool, ToolRefusal, ToolSetting};

    #[test]
    fn only_a_tool_that_stays_with_its_arguments_runs_without_a_confined_way_out() {
        let mut setting = ToolSetting::default();
        let tools = Tools::start(setting.clone());
        let refused = tools.admit(Tool::Nmap, Policy::Safe);
        assert_eq!(refused, Err(ToolRefusal::Off));
        setting.paths = Tool::ALL
            .map(|tool| (tool, PathBuf::from(tool.as_str())))
            .into();
        let tools = Tools::start(setting.clone());
        for tool in Tool::ALL {
            let admitted = tools.admit(tool, Policy::Safe);
            assert_eq!(admitted.is_ok(), tool == Tool::Nmap, "{tool}");
        }
        setting.egress = Egress::ConfinedOutside;
        let tools = Tools::start(setting);
        for tool in Tool::ALL {
            assert!(tools.admit(tool, Policy::Safe).is_ok(), "{tool}");
            let is_quiet = tools.admit(tool, Policy::Passive).is_ok();
            assert_eq!(is_quiet, tool != Tool::Nuclei, "{tool}");
            assert_eq!(tool.as_str().parse(), Ok(tool));
        }
    }

    #[test]
    fn no_tool_runs_where_the_namespace_it_was_to_have_cannot_be_made() {
        let paths = Tool::ALL.map(|tool| (tool, PathBuf::from(tool.as_str())));
        let tools = Tools {
            setting: ToolSetting {
                paths: paths.into(),
                egress: Egress::Namespace,
                nuclei_templates: None,
            },
            way: Way::None(NamespaceFault::Capability("NET_ADMIN")),
        };
        for tool in Tool::ALL {
            let refusal = tools.admit(tool, Policy::Safe).unwrap_err();
            assert_eq!(
                refusal.to_string(),
                "it is to be confined by a network namespace, and none can be made here: \
                 CAP_NET_ADMIN is missing"
            );
        }
    }
}
