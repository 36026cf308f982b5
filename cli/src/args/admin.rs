//! What `admin` takes: for the platform's staff.
use clap::{ArgGroup, Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// How far every reader of the bus is behind, which workers were heard of, whose jobs wait
    Queue,
    /// Runs that do not go on; cancels one, or sends its jobs again
    Stuck {
        #[command(subcommand)]
        command: Option<Stuck>,
    },
    /// Messages that readers of the bus gave up
    Dlq {
        #[command(subcommand)]
        command: Dlq,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Stuck {
    /// List runs that do not go on, with why and what helps
    #[command(visible_alias = "ls")]
    List,
    /// Send the jobs of a run again that nobody is heard of
    Dispatch {
        /// Run
        run: String,
    },
    /// Cancel a run of any organization; it reads who did it and why
    Cancel {
        /// Run
        run: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Dlq {
    /// List dead letters, oldest first
    #[command(visible_alias = "ls")]
    List {
        /// Only of this consumer
        #[arg(long)]
        consumer: Option<String>,
    },
    /// Show what a dead letter says
    Show {
        /// Its number
        letter: u64,
    },
    /// Send a dead letter again, or all of a consumer
    Redrive(Redrive),
    /// Give a dead letter up for good
    Discard {
        /// Its number
        letter: u64,
        /// Why; kept in the audit
        #[arg(long)]
        reason: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true))]
pub(crate) struct Redrive {
    /// Its number
    #[arg(group = "which")]
    pub(crate) letter: Option<u64>,
    /// All of this consumer
    #[arg(long, group = "which")]
    pub(crate) consumer: Option<String>,
}
