//! The command line of a replay.
use std::{ffi::OsString, io::Write, process::ExitCode};

use clap::Parser;
use wt_artifacts::ArtifactsArgs;
use wt_model::TenantKey;
use wt_pg::{PgArgs, Pool};

use super::{Comparison, replay};
use crate::{NAME, SCHEMA};

/// As everywhere in the fleet: a command line that cannot be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

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
    let mut args = std::env::args_os().skip(1);
    if args.next()? != *"replay" {
        return None;
    }
    let name = std::iter::once(OsString::from("wt-results replay"));
    Some(match ReplayCommand::try_parse_from(name.chain(args)) {
        Ok(command) => run(&command),
        Err(error) => {
            let asked = !error.use_stderr();
            // A closed stream changes nothing about the exit.
            let _ = error.print();
            if asked {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(EXIT_BAD_SETTINGS)
            }
        }
    })
}

fn run(command: &ReplayCommand) -> ExitCode {
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .and_then(|runtime| runtime.block_on(compare(command)));
    // A closed stream changes nothing about the exit.
    match done {
        Ok(found) => {
            let said = serde_json::to_string_pretty(&found).unwrap_or_default();
            let _ = writeln!(std::io::stdout(), "{said}");
            if found.same {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(reason) => {
            let _ = writeln!(std::io::stderr(), "wt-results replay: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn compare(command: &ReplayCommand) -> Result<Comparison, String> {
    let pool = Pool::new(&command.pg, NAME, SCHEMA).map_err(|fault| wt_fault::chain(&fault))?;
    let artifacts =
        wt_artifacts::open(&command.artifacts).map_err(|fault| wt_fault::chain(&fault))?;
    replay(&pool, &artifacts, command.organization)
        .await
        .map_err(|fault| wt_fault::chain(&fault))
}
