//! What `assets`, `verify` and `scan` take.
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use wt_model::{Policy, Profile};

use super::Patience;

#[derive(Debug, Subcommand)]
pub(crate) enum Assets {
    /// Register domains, addresses or networks
    Add {
        /// What to register
        #[arg(required = true)]
        values: Vec<String>,
        /// Label; may be given again
        #[arg(long)]
        tag: Vec<String>,
    },
    /// List assets
    #[command(visible_alias = "ls")]
    List {
        /// Start of the value
        #[arg(long)]
        query: Option<String>,
        /// `verified` or `unverified`
        #[arg(long, value_parser = ["verified", "unverified"])]
        state: Option<String>,
    },
    /// Show an asset
    Show {
        /// Id or value
        asset: String,
    },
    /// Archive an asset; its exposures retire
    Rm {
        /// Id or value
        asset: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
    /// Start proving that an asset is yours, and print what to place where
    Verify(Verify),
    /// Look for an asset's proof now
    Check {
        /// Id or value
        asset: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Id or value
    pub(crate) asset: String,
    /// How
    #[arg(long, default_value = "dns_txt", value_parser = ["dns_txt", "http_file"])]
    pub(crate) method: String,
    /// Look for the proof until it is there, at most this long, such as `60s`
    #[arg(long, value_parser = wt_config::parse_duration, value_name = "DURATION")]
    pub(crate) wait: Option<Duration>,
    /// Of `http_file`: write the file below this folder, the root of the web server
    #[arg(long, value_name = "DIR")]
    pub(crate) write_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Scan {
    /// Request a scan
    Run(ScanRun),
    /// List runs, newest first
    #[command(visible_alias = "ls")]
    List {
        /// Only in this state
        #[arg(long)]
        state: Option<String>,
        /// Only of this asset (id or value)
        #[arg(long)]
        asset: Option<String>,
    },
    /// Show a run
    Show {
        /// Run
        run: String,
    },
    /// Watch a run to its end
    Follow {
        /// Run
        run: String,
        #[command(flatten)]
        patience: Patience,
    },
    /// Run the parts of a run again that brought no result
    Rerun {
        /// Run
        run: String,
        /// Watch the new run to its end
        #[arg(long)]
        follow: bool,
        /// Say what would be looked at and change nothing
        #[arg(long, conflicts_with = "follow")]
        dry_run: bool,
        #[command(flatten)]
        patience: Patience,
    },
    /// Stop a run
    Cancel {
        /// Run
        run: String,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ScanRun {
    /// What to scan (id or value); may be given again; every verified asset without
    #[arg(long)]
    pub(crate) asset: Vec<String>,
    /// How much to look at
    #[arg(long, default_value_t = Profile::Baseline)]
    pub(crate) profile: Profile,
    /// How hard it may press
    #[arg(long, default_value_t = Policy::Safe)]
    pub(crate) policy: Policy,
    /// Ports such as `22,80,8000-8100`; the profile's without
    #[arg(long)]
    pub(crate) ports: Option<String>,
    /// Who scans: a private pool (id or name), or `shared`; the default pool without
    #[arg(long)]
    pub(crate) pool: Option<String>,
    /// Watch it to its end
    #[arg(long)]
    pub(crate) follow: bool,
    /// Say what would be looked at and change nothing
    #[arg(long, conflicts_with = "follow")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
}
