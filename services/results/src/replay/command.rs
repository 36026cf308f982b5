//! The command line of a replay.
use std::{io::Write, process::ExitCode};

use clap::Parser;
use wt_artifacts::ArtifactsArgs;
use wt_model::TenantKey;
use wt_pg::{PgArgs, Pool};

use super::{Comparison, replay};
use crate::{NAME, SCHEMA, command_line};

/// Rebuilds an organization's exposures and ledger from its stored payloads and compares them with
/// the live ones. Prints what it found as JSON; exit code 1 when anything differs. Writes nothing.
#[derive(Debug, Clone, Parser)]
#[command(name = "replay")]
struct ReplayCommand {
    /// The organization (`org_…`)
    #[arg(long, value_name = "ORGANIZATION")]
    organization: TenantKey,
    #[command(flatten)]
    pg: PgArgs,
    #[command(flatten)]
    artifacts: ArtifactsArgs,
}

/// Runs `wt-results replay …` if that is what the command line says.
pub fn command() -> Option<ExitCode> {
    command_line::command("replay", async |command: ReplayCommand| {
        let found = compare(&command).await?;
        let said = serde_json::to_string_pretty(&found).unwrap_or_default();
        // A closed stream changes nothing about the exit.
        let _ = writeln!(std::io::stdout(), "{said}");
        Ok(if found.same {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    })
}

async fn compare(command: &ReplayCommand) -> Result<Comparison, String> {
    let pool = Pool::new(&command.pg, NAME, SCHEMA).map_err(|fault| wt_fault::chain(&fault))?;
    let artifacts =
        wt_artifacts::open(&command.artifacts).map_err(|fault| wt_fault::chain(&fault))?;
    replay(&pool, &artifacts, command.organization)
        .await
        .map_err(|fault| wt_fault::chain(&fault))
}
