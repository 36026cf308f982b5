//! The command line of an import.
use std::{io::Write, path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use wt_pg::{PgArgs, Pool};

use super::{Imported, import};
use crate::{NAME, SCHEMA, command_line};

/// What is published about CVEs.
#[derive(Debug, Clone, Parser)]
#[command(name = "risk")]
struct RiskCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Subcommand)]
enum What {
    /// Takes files in the place of earlier ones, and scores exposures anew. Prints what was done
    /// as JSON, a line for each file
    Import {
        /// `epss_scores-….csv` of FIRST or `known_exploited_vulnerabilities.json` of CISA, packed
        /// with gzip or not
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        #[command(flatten)]
        pg: PgArgs,
    },
}

/// Runs `wt-results risk …` if that is what the command line says.
pub fn command() -> Option<ExitCode> {
    command_line::command(
        "risk",
        async |RiskCommand {
                   what: What::Import { files, pg },
               }| { import_all(&files, &pg).await.map(|()| ExitCode::SUCCESS) },
    )
}

async fn import_all(files: &[PathBuf], pg: &PgArgs) -> Result<(), String> {
    let pool = Pool::new(pg, NAME, SCHEMA).map_err(|fault| wt_fault::chain(&fault))?;
    for file in files {
        let at = |error: String| format!("{}: {error}", file.display());
        let bytes = tokio::fs::read(file)
            .await
            .map_err(|error| at(error.to_string()))?;
        let imported: Imported = import(&pool, &bytes)
            .await
            .map_err(|fault| at(wt_fault::chain(&fault)))?;
        let said = serde_json::to_string(&imported).map_err(|error| at(error.to_string()))?;
        // A closed stream changes nothing about what was done.
        let _ = writeln!(std::io::stdout(), "{said}");
    }
    Ok(())
}
