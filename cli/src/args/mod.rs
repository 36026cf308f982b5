//! The command line.
mod admin;
mod audit;
mod exposures;
mod integrations;
mod people;
mod pools;
mod proof;
mod scans;
mod schedules;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, Parser, Subcommand};

pub(crate) use self::{
    admin::{Admin, Dlq, Redrive, Stuck},
    audit::{Audit, AuditWanted, VerifyAudit},
    exposures::{Changes, Exposures, Import, Report, Views},
    integrations::{AddIntegration, AddTracker, Integrations, Kind, Mail},
    people::{Invitations, Members, Teams},
    pools::Pools,
    proof::{Ledger, Offline, Packet},
    scans::{Assets, Scan, ScanRun, Verify},
    schedules::{Every, NewSchedule, Schedules},
};
use crate::fault::CliFault;

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

impl Format {
    /// Whether no person reads it.
    pub(crate) fn is_for_programs(self) -> bool {
        self != Self::Table
    }
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
    /// Scans that are requested by themselves
    Schedules {
        #[command(subcommand)]
        command: Schedules,
    },
    /// Private pools: workers of the organization's own
    Pools {
        #[command(subcommand)]
        command: Pools,
    },
    /// What changed, newest first
    Changes(Changes),
    /// What is exposed
    Exposures {
        #[command(subcommand)]
        command: Exposures,
    },
    /// Bring in what another tool found
    Import(Import),
    /// How urgent things are: the organization, its assets, and what to do next
    Risk {
        /// Most assets
        #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
    },
    /// Saved filters
    Views {
        #[command(subcommand)]
        command: Views,
    },
    /// By when exposures have to be mended; changes it when days are given
    Sla(Sla),
    /// When assets may be scanned
    ScanWindows(WholeList),
    /// What is never scanned
    ScanExclusions(WholeList),
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
    /// Webhooks, chats, trackers and mail that are told of changes
    Integrations {
        #[command(subcommand)]
        command: Integrations,
    },
    /// Summaries of runs
    Report {
        #[command(subcommand)]
        command: Report,
    },
    /// For the platform's staff: where scans or news do not go on
    Admin {
        #[command(subcommand)]
        command: Admin,
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
pub(crate) struct Sla {
    /// Days by severity, all of them: `critical=7,high=30`; one left out has no clock
    #[arg(long, value_delimiter = ',', value_name = "SEVERITY=DAYS", value_parser = term)]
    pub(crate) days: Vec<(String, u32)>,
    /// Days for what is known to be attacked, when that is sooner; no such rule without
    #[arg(long, requires = "days", value_name = "DAYS")]
    pub(crate) kev_days: Option<u32>,
}

#[derive(Debug, Args)]
pub(crate) struct WholeList {
    /// What to replace the list with, as JSON; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
}

/// `critical=7`
fn term(text: &str) -> Result<(String, u32), String> {
    let (severity, days) = text.split_once('=').ok_or("expected SEVERITY=DAYS")?;
    let days = days.parse().map_err(|_| "expected a number of days")?;
    Ok((severity.to_owned(), days))
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

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Patience {
    /// Stop watching after this long, such as `10m`; the run goes on
    #[arg(long, value_parser = wt_config::parse_duration, value_name = "DURATION")]
    pub(crate) timeout: Option<Duration>,
}

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Rows {
    /// Most rows
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    pub(crate) limit: usize,
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
