//! The command line of what leaves the catalogue.
use std::{ffi::OsString, io::Write, path::PathBuf, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use wt_pg::{PgArgs, Pool};

use super::withdraw;
use crate::{NAME, SCHEMA, config};

/// As everywhere in the fleet: a command line that cannot be used (sysexits.h `EX_USAGE`).
const EXIT_BAD_SETTINGS: u8 = 64;

/// What is no longer checked.
#[derive(Debug, Clone, Parser)]
#[command(name = "checks")]
struct ChecksCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Ends what these checks found, as `stale_check` and never as fixed. Prints what was done as
    /// JSON, a line for each check
    Withdraw(Withdraw),
}

#[derive(Debug, Clone, clap::Args)]
struct Withdraw {
    /// Ids of checks that left the catalogue, such as `tls.version.ssl_3`
    #[arg(required = true, value_name = "CHECK")]
    checks: Vec<String>,
    /// What people read about it
    #[arg(
        long,
        default_value = "the check left the catalogue",
        value_name = "TEXT"
    )]
    reason: String,
    /// Ed25519 private key (PKCS#8 PEM) that signs tree heads
    #[arg(long, env = "WT_LEDGER_KEY_FILE", value_name = "PATH")]
    ledger_key_file: PathBuf,
    #[command(flatten)]
    pg: PgArgs,
}

/// Runs `wt-results checks …` if that is what the command line says.
pub fn command() -> Option<ExitCode> {
    let mut args = std::env::args_os().skip(1);
    if args.next()? != *"checks" {
        return None;
    }
    let name = std::iter::once(OsString::from("wt-results checks"));
    Some(match ChecksCommand::try_parse_from(name.chain(args)) {
        Ok(ChecksCommand {
            what: What::Withdraw(wanted),
        }) => run(&wanted),
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

fn run(wanted: &Withdraw) -> ExitCode {
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime: {error}"))
        .and_then(|runtime| runtime.block_on(withdraw_all(wanted)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // A closed stream changes nothing about the exit.
            let _ = writeln!(std::io::stderr(), "wt-results checks: {reason}");
            ExitCode::FAILURE
        }
    }
}

async fn withdraw_all(wanted: &Withdraw) -> Result<(), String> {
    let key =
        config::read_ledger_key(&wanted.ledger_key_file).map_err(|error| error.to_string())?;
    let key = Arc::new(key);
    let pool = Pool::new(&wanted.pg, NAME, SCHEMA).map_err(|fault| wt_fault::chain(&fault))?;
    for check in &wanted.checks {
        let ended = withdraw(&pool, &key, check, &wanted.reason)
            .await
            .map_err(|fault| format!("{check}: {}", wt_fault::chain(&fault)))?;
        let said = serde_json::to_string(&ended).map_err(|error| error.to_string())?;
        // A closed stream changes nothing about what was done.
        let _ = writeln!(std::io::stdout(), "{said}");
    }
    Ok(())
}
