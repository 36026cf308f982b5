//! What `audit` takes.
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Rows;

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// List records, newest first
    #[command(visible_alias = "ls")]
    List {
        #[command(flatten)]
        wanted: AuditWanted,
        #[command(flatten)]
        rows: Rows,
    },
    /// Print every record, oldest first
    Export {
        #[command(flatten)]
        wanted: AuditWanted,
        /// `jsonl` can be checked, `csv` is for a spreadsheet
        #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv"])]
        format: String,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Check that no record was changed, removed or reordered
    Verify(VerifyAudit),
}

/// Which records.
#[derive(Debug, Args)]
pub(crate) struct AuditWanted {
    /// Who did it, or as whom it was done
    #[arg(long, value_name = "USER|SERVICE")]
    pub(crate) actor: Option<String>,
    /// What was done, such as `asset.archive`, or `asset.` for all of an area
    #[arg(long)]
    pub(crate) action: Option<String>,
    /// What it was done to
    #[arg(long, value_name = "ID")]
    pub(crate) target: Option<String>,
    /// Not before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
    /// Before (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Text anywhere in the record
    #[arg(long)]
    pub(crate) text: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyAudit {
    /// Export to check; with `--key` offline, without against the server's chain
    pub(crate) file: Option<PathBuf>,
    /// Public key of the ledger (SPKI PEM), such as `watchtower ledger key` prints
    #[arg(long, value_name = "FILE", requires = "file")]
    pub(crate) key: Option<PathBuf>,
    /// How the ledger's keys followed each other, such as `watchtower ledger keys` prints
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) keys: Option<PathBuf>,
}
