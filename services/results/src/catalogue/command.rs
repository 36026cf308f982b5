//! The command line of what leaves the catalogue.
use std::{io::Write, process::ExitCode, sync::Arc};

use clap::{Parser, Subcommand};
use wt_pg::{PgArgs, Pool};

use super::withdraw;
use crate::{NAME, SCHEMA, command_line, ledger_keys::LedgerArgs};

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
    #[command(flatten)]
    ledger: LedgerArgs,
    #[command(flatten)]
    pg: PgArgs,
}

/// Runs `wt-results checks …` if that is what the command line says.
pub fn command() -> Option<ExitCode> {
    command_line::command(
        "checks",
        async |ChecksCommand {
                   what: What::Withdraw(wanted),
               }| { withdraw_all(&wanted).await.map(|()| ExitCode::SUCCESS) },
    )
}

async fn withdraw_all(wanted: &Withdraw) -> Result<(), String> {
    let keys = wanted.ledger.read().map_err(|error| error.to_string())?;
    let key = Arc::new(keys);
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
