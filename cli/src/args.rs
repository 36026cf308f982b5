//! The command line.
use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use wt_model::{ActionKind, Policy, Profile};

use crate::{
    fault::CliFault,
    people_args::{Invitations, Members, Teams},
    proof_args::{Ledger, Offline, Packet},
};

/// External exposure management: what you own, what is exposed, what changed, and proof.
#[derive(Debug, Parser)]
#[command(name = "watchtower", version, about, propagate_version = true)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// `table` for people, `json` or `jsonl` for programs; the file to write for `packet get`
    /// and `ledger key`
    #[arg(short, long, global = true, value_name = "FORMAT|FILE")]
    output: Option<String>,
    /// Short for `--output json`
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,
    /// Say nothing on stderr but errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Where the server is; the last sign-in decides without
    #[arg(long, global = true, env = "WATCHTOWER_URL", value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Access token to use instead of the last sign-in
    #[arg(
        long,
        global = true,
        env = "WATCHTOWER_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN"
    )]
    pub(crate) token: Option<String>,
    /// Organization to act in (`org_…`)
    #[arg(long, global = true, env = "WATCHTOWER_ORG", value_name = "ORG")]
    pub(crate) org: Option<String>,
    /// Folder of the sign-in
    #[arg(long, global = true, env = "WATCHTOWER_HOME", value_name = "DIR")]
    pub(crate) home: Option<PathBuf>,
    #[arg(
        long,
        hide = true,
        global = true,
        env = "XDG_CONFIG_HOME",
        hide_env = true
    )]
    pub(crate) xdg_config_home: Option<PathBuf>,
    #[arg(long, hide = true, global = true, env = "HOME", hide_env = true)]
    pub(crate) user_home: Option<PathBuf>,
}

impl Global {
    /// How data is printed.
    pub(crate) fn format(&self) -> Result<Format, CliFault> {
        if self.json {
            return Ok(Format::Json);
        }
        match self.output.as_deref() {
            None | Some("table") => Ok(Format::Table),
            Some("json") => Ok(Format::Json),
            Some("jsonl") => Ok(Format::Jsonl),
            Some(other) => Err(CliFault::Usage(format!(
                "--output is table, json or jsonl, not {other:?}"
            ))),
        }
    }

    /// The file that `--output` names, for commands that print one document.
    pub(crate) fn output_file(&self) -> Option<&Path> {
        let name = self.output.as_deref()?;
        (!["table", "json", "jsonl"].contains(&name)).then(|| Path::new(name))
    }
}

/// How data is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One document.
    Json,
    /// One document a line.
    Jsonl,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make an account and an organization, and sign in
    Signup(Signup),
    /// Sign in: with a code in a browser, or with a password
    Login(Login),
    /// Sign out
    Logout,
    /// Who is signed in, where, and what they may do
    Whoami,
    /// What the organization owns
    Assets {
        #[command(subcommand)]
        command: Assets,
    },
    /// Scans
    Scan {
        #[command(subcommand)]
        command: Scan,
    },
    /// What changed, newest first
    Changes(Changes),
    /// What is exposed
    Exposures {
        #[command(subcommand)]
        command: Exposures,
    },
    /// Evidence packets
    Packet {
        #[command(subcommand)]
        command: Packet,
    },
    /// Check a packet offline, with nothing but the ledger's public key
    VerifyPacket(Offline),
    /// Check a proof that a ledger only grew, offline, with nothing but its public key
    VerifyGrowth(Offline),
    /// The organization's ledger
    Ledger {
        #[command(subcommand)]
        command: Ledger,
    },
    /// Who did what
    Audit {
        #[command(subcommand)]
        command: Audit,
    },
    /// People of the organization
    Members {
        #[command(subcommand)]
        command: Members,
    },
    /// Asking people in
    Invitations {
        #[command(subcommand)]
        command: Invitations,
    },
    /// Teams and who is in them
    Teams {
        #[command(subcommand)]
        command: Teams,
    },
    /// Summaries of runs
    Report {
        #[command(subcommand)]
        command: Report,
    },
    /// Key files for development
    Keys {
        #[command(subcommand)]
        command: Keys,
    },
    /// Bring a database to the schema this version needs
    Migrate(Migrate),
    /// Print a shell's completion script
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print this program's version
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct Signup {
    /// Address to sign in with
    #[arg(long)]
    pub(crate) email: String,
    /// What others see; the address without
    #[arg(long, visible_alias = "name")]
    pub(crate) display_name: Option<String>,
    /// Name of the new organization
    #[arg(long, visible_alias = "org-name")]
    pub(crate) organization: String,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Login {
    /// Address of the account, for a password; without, a browser lets this command in
    #[arg(long)]
    pub(crate) email: Option<String>,
    #[command(flatten)]
    pub(crate) password: Password,
}

#[derive(Debug, Args)]
pub(crate) struct Password {
    /// Read the password from stdin instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[arg(long, hide = true, env = "WATCHTOWER_PASSWORD", hide_env_values = true)]
    pub(crate) password: Option<String>,
}

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
    /// Watch it to its end
    #[arg(long)]
    pub(crate) follow: bool,
    /// Say what would be looked at and change nothing
    #[arg(long, conflicts_with = "follow")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) patience: Patience,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Patience {
    /// Stop watching after this long, such as `10m`; the run goes on
    #[arg(long, value_parser = wt_config::parse_duration, value_name = "DURATION")]
    pub(crate) timeout: Option<Duration>,
}

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

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Rows {
    /// Most rows
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub(crate) limit: usize,
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

#[derive(Debug, Subcommand)]
pub(crate) enum Keys {
    /// Make every key pair a fleet needs; pairs that are there are kept
    Generate {
        /// Folder
        dir: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Migrate {
    /// `postgres://…` of a role that may create roles, or is a member of `wt_owner`
    #[arg(long, env = "DATABASE_URL", hide_env_values = true, value_name = "URL")]
    pub(crate) database_url: String,
    /// Folder of the migrations
    #[arg(
        long,
        env = "WT_MIGRATIONS_DIR",
        default_value = "migrations",
        value_name = "DIR"
    )]
    pub(crate) dir: PathBuf,
}

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
}
