//! What a machine can check about the house, it checks here.
mod bans;
mod docs;
mod layers;
mod permissions;
mod proto;
mod rls;
mod sizes;
mod sockets;

use std::process::ExitCode;

use anyhow::Result;

use crate::workspace::Workspace;

/// One rule that is broken: where, and what to do about it.
pub(super) struct Finding(String);

impl Finding {
    /// A finding at `place`.
    fn new(place: impl std::fmt::Display, what: impl std::fmt::Display) -> Self {
        Self(format!("{place}: {what}"))
    }
}

type Check = fn(&Workspace) -> Result<Vec<Finding>>;

const CHECKS: [(&str, Check); 9] = [
    ("layers", layers::check),
    ("protos", proto::check),
    ("tenancy of tables", rls::check),
    ("permissions of operations", permissions::check),
    ("module docs", docs::module_docs),
    ("error pages", docs::error_pages),
    ("bans", bans::check),
    ("sockets of scans", sockets::check),
    ("file sizes", sizes::check),
];

/// Runs every check and prints one line for each; findings make it fail.
pub(crate) fn run(workspace: &Workspace) -> Result<ExitCode> {
    let mut broken = 0;
    for (name, check) in CHECKS {
        let findings = check(workspace)?;
        println!(
            "tidy: {name}: {}",
            match findings.len() {
                0 => "ok".to_owned(),
                count => format!("{count} findings"),
            }
        );
        for Finding(line) in &findings {
            println!("  {line}");
        }
        broken += findings.len();
    }
    Ok(if broken == 0 {
        ExitCode::SUCCESS
    } else {
        println!("tidy: {broken} findings");
        ExitCode::FAILURE
    })
}

/// Makes today's protos the contract.
pub(crate) fn lock_protos(workspace: &Workspace) -> Result<ExitCode> {
    proto::lock(workspace)?;
    Ok(ExitCode::SUCCESS)
}
