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

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// File as the tool wrote it; `-` for stdin
    pub(crate) file: PathBuf,
    /// Which tool wrote it
    #[arg(long, value_parser = ["nuclei", "nmap", "sarif", "defectdojo"])]
    pub(crate) format: String,
    /// Say what would come of it, and bring nothing in
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Exposures {
    /// List exposures, worst or most urgent first
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
        /// Only what fits, such as `severity>=high state:new,changed since:7d` or `score>=70`
        #[arg(long)]
        filter: Option<String>,
        /// Worst first, or most urgent first
        #[arg(long, default_value = "severity", value_parser = ["severity", "score"])]
        sort: String,
        #[command(flatten)]
        rows: Rows,
    },
    /// Write every exposure that fits to a file
    Export {
        /// Only what fits, such as `severity>=high asset:*.example.com -state:fixed`
        #[arg(long)]
        filter: Option<String>,
        /// How it is written
        #[arg(long, default_value = "jsonl", value_parser = ["jsonl", "csv", "sarif", "vex"])]
        format: String,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
    /// Show an exposure with its evidence
    Show {
        /// Exposure
        key: String,
        /// Show values that look like secrets too; leaves an audit record
        #[arg(long)]
        reveal: bool,
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
        /// Of `tag` and `untag`: words, separated by commas
        #[arg(long, value_delimiter = ',')]
        tags: Vec<String>,
    },
    /// Record one decision on everything that fits
    Bulk {
        /// What is decided
        kind: ActionKind,
        /// Everything that fits this, such as `severity:info tag:none`
        #[arg(long)]
        filter: String,
        /// Only say how many exposures it would be about
        #[arg(long)]
        preview: bool,
        /// Refuse when it fits more than this
        #[arg(long, value_name = "N")]
        expected: Option<u64>,
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
        /// Of `tag` and `untag`: words, separated by commas
        #[arg(long, value_delimiter = ',')]
        tags: Vec<String>,
    },
    /// Take a decision on everything that fitted back
    Undo {
        /// The bulk (`blk_…`)
        bulk: String,
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
pub(crate) enum Views {
    /// List one's own views and shared ones
    #[command(visible_alias = "ls")]
    List,
    /// Save a filter with a name
    Save {
        /// Name
        name: String,
        /// What fits
        #[arg(long, default_value = "")]
        filter: String,
        /// Names of fields, separated by commas
        #[arg(long, value_delimiter = ',')]
        columns: Vec<String>,
        /// Worst first, or most urgent first
        #[arg(long, default_value = "severity", value_parser = ["severity", "score"])]
        sort: String,
        /// Show it to everybody in the organization
        #[arg(long)]
        shared: bool,
    },
    /// Remove a view
    #[command(visible_alias = "rm")]
    Remove {
        /// View (`viw_…`)
        view: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Report {
    /// Request a report of a run, or of what fits a filter or view in a period
    Create {
        /// Run; without, everything or what fits the filter
        run: Option<String>,
        /// `technical` or `executive`
        #[arg(long, default_value = "technical", value_parser = ["technical", "executive"])]
        kind: String,
        /// What it is about (docs/guides/filters.md)
        #[arg(long, conflicts_with_all = ["run", "view"], value_name = "FILTER")]
        filter: Option<String>,
        /// The saved view it is about (`viw_…`)
        #[arg(long, conflicts_with = "run", value_name = "VIEW")]
        view: Option<String>,
        /// Begin of the period (RFC 3339)
        #[arg(long, conflicts_with = "run", value_name = "INSTANT")]
        since: Option<String>,
        /// Its end
        #[arg(long, conflicts_with = "run", value_name = "INSTANT")]
        until: Option<String>,
        /// Wait until it is written, at most this long, such as `60s`
        #[arg(long, value_parser = wt_config::parse_duration, value_name = "DURATION")]
        wait: Option<Duration>,
    },
    /// List reports
    #[command(visible_alias = "ls")]
    List,
    /// Show a report to whoever has a link, for some days
    Share {
        /// Report
        report: String,
        /// Days until the link ends, 1 to 30
        #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=30))]
        days: u32,
    },
    /// List the links of a report
    Shares {
        /// Report
        report: String,
    },
    /// End a link
    Unshare {
        /// Report
        report: String,
        /// Link (`shr_…`)
        share: String,
    },
    /// Print a report
    Get {
        /// Report
        report: String,
        /// `markdown`, `html` or `pdf`
        #[arg(long, default_value = "markdown", value_parser = ["markdown", "html", "pdf"])]
        format: String,
        /// File to write; stdout without
        #[arg(short, long, value_name = "FILE")]
        file: Option<PathBuf>,
    },
}
