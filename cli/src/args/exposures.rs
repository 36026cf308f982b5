//! What `changes`, `exposures` and `report` take.
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use wt_model::ActionKind;

use super::{Patience, Rows};

#[derive(Debug, Args)]
pub(crate) struct Changes {
    /// Only these types, separated by commas: `NEW,FIXED`
    #[arg(long = "type")]
    pub(crate) types: Option<String>,
    /// Only this severity and worse
    #[arg(long)]
    pub(crate) severity: Option<String>,
    /// Only on this asset (id or value)
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// Only what this run showed
    #[arg(long)]
    pub(crate) run: Option<String>,
    /// Only since then (RFC 3339)
    #[arg(long)]
    pub(crate) since: Option<String>,
    /// Only what fits, such as `severity>=high state:new,changed since:7d`
    #[arg(long)]
    pub(crate) filter: Option<String>,
    #[command(flatten)]
    pub(crate) rows: Rows,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exposures {
    /// List exposures, worst first
    #[command(visible_alias = "ls")]
    List {
        /// Only in these states, separated by commas
        #[arg(long)]
        state: Option<String>,
        /// Only this severity and worse
        #[arg(long)]
        severity: Option<String>,
        /// Only on this asset (id or value)
        #[arg(long)]
        asset: Option<String>,
        /// Only what this check saw
        #[arg(long)]
        check: Option<String>,
        /// Only what fits, such as `severity>=high state:new,changed since:7d`
        #[arg(long)]
        filter: Option<String>,
        #[command(flatten)]
        rows: Rows,
    },
    /// Write every exposure that fits to a file
    Export {
        /// Only what fits, such as `severity>=high asset:*.example.com -state:fixed`
        #[arg(long)]
        filter: Option<String>,
        /// How it is written
        #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv", "sarif"])]
        format: String,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Show an exposure with its evidence
    Show {
        /// Exposure
        key: String,
    },
    /// Tell an exposure's history
    Timeline {
        /// Exposure
        key: String,
    },
    /// Say why an exposure is in its state
    Explain {
        /// Exposure
        key: String,
    },
    /// Record a decision
    Act {
        /// Exposure
        key: String,
        /// What is decided
        kind: ActionKind,
        /// Why
        #[arg(long)]
        reason: Option<String>,
        /// Free text
        #[arg(long)]
        note: Option<String>,
        /// Of `assign`: user id
        #[arg(long)]
        assignee: Option<String>,
        /// Of `accept_risk`: until when (RFC 3339)
        #[arg(long)]
        until: Option<String>,
    },
    /// Look again, at exactly this exposure
    Verify {
        /// Exposure
        key: String,
        /// Watch it to its end and say what was concluded
        #[arg(long)]
        follow: bool,
        #[command(flatten)]
        patience: Patience,
    },
    /// Print the evidence packet
    Packet {
        /// Exposure
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Request a summary of a run
    Create {
        /// Run
        run: String,
        /// Wait until it is written, at most this long, such as `60s`
        #[arg(long, value_parser = wt_config::parse_duration, value_name = "DURATION")]
        wait: Option<Duration>,
    },
    /// List reports
    #[command(visible_alias = "ls")]
    List,
    /// Print a report
    Get {
        /// Report
        report: String,
        /// `markdown` or `html`
        #[arg(long, default_value = "markdown", value_parser = ["markdown", "html"])]
        format: String,
    },
}
