//! What `integrations` takes. No secret is among it: arguments are seen by everybody on a machine.
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use wt_model::{EventType, Severity};

use super::Rows;

#[derive(Debug, Subcommand)]
pub(crate) enum Integrations {
    /// List webhooks, chats and trackers, oldest first
    #[command(visible_alias = "ls")]
    List,
    /// Make a webhook, or join a chat or a tracker
    Add(Box<AddIntegration>),
    /// Send a test and wait for what becomes of it; a tracker is asked and makes no issue
    Test {
        /// Id or name
        integration: String,
        /// Do not wait
        #[arg(long)]
        no_wait: bool,
    },
    /// Send messages again from now on
    Enable {
        /// Id or name
        integration: String,
    },
    /// Send nothing from now on
    Disable {
        /// Id or name
        integration: String,
    },
    /// Give a webhook a new signing secret; for a day messages are signed with the old one too
    Rotate {
        /// Id or name
        integration: String,
    },
    /// Remove an integration with the record of what was sent to it
    #[command(visible_alias = "rm")]
    Remove {
        /// Id or name
        integration: String,
    },
    /// List what was sent, newest first
    Deliveries {
        /// Id or name
        integration: String,
        #[command(flatten)]
        rows: Rows,
    },
    /// Send a message again
    #[command(visible_alias = "replay")]
    Retry {
        /// Id or name
        integration: String,
        /// Message (`dlv_…`)
        delivery: String,
    },
    /// Show who gets mail of what, or change it
    Mail(Mail),
}

/// What it is that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// A program: signed JSON
    Webhook,
    /// A chat that takes Slack's incoming webhooks
    Slack,
    /// A repository of GitHub, an issue an exposure
    Github,
    /// A project of Jira, an issue an exposure
    Jira,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Slack => "slack",
            Self::Github => "github",
            Self::Jira => "jira",
        }
    }

    /// Whether it makes issues: then what is secret is a token, not the address.
    pub(crate) const fn is_tracker(self) -> bool {
        matches!(self, Self::Github | Self::Jira)
    }
}

#[derive(Debug, Args)]
pub(crate) struct AddIntegration {
    /// What it is
    pub(crate) kind: Kind,
    /// What people call it
    pub(crate) name: String,
    /// Where its secret is: the address of a webhook or chat, the token of a tracker. `-`, and
    /// nothing, is standard input; a terminal is asked
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Least severity worth telling
    #[arg(long, default_value = "high")]
    pub(crate) severity: Severity,
    /// Only these kinds of event, separated by commas: `NEW,FIXED`
    #[arg(long = "event", value_delimiter = ',')]
    pub(crate) events: Vec<EventType>,
    /// Only these assets (id or value), separated by commas
    #[arg(long = "asset", value_delimiter = ',')]
    pub(crate) assets: Vec<String>,
    /// Send nothing yet
    #[arg(long)]
    pub(crate) off: bool,
    #[command(flatten)]
    pub(crate) tracker: AddTracker,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Of github and jira")]
pub(crate) struct AddTracker {
    /// Where issues are made: `owner/repository`, or the key of a Jira project
    #[arg(long)]
    pub(crate) project: Option<String>,
    /// Where it answers: the site of Jira, or the API of a GitHub Enterprise Server
    #[arg(long, value_name = "URL")]
    pub(crate) site: Option<String>,
    /// Put on every issue, separated by commas
    #[arg(long = "label", value_delimiter = ',')]
    pub(crate) labels: Vec<String>,
    /// Jira: the kind of issue; `Task` without
    #[arg(long)]
    pub(crate) issue_type: Option<String>,
    /// Jira Cloud: the e-mail address the token belongs to
    #[arg(long)]
    pub(crate) account: Option<String>,
    /// Jira: the transition the issue of a fixed exposure takes
    #[arg(long)]
    pub(crate) done_transition: Option<String>,
    /// Jira: the transition the issue of a reopened exposure takes
    #[arg(long)]
    pub(crate) reopen_transition: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Mail {
    /// Send mail
    #[arg(long, conflicts_with = "off")]
    pub(crate) on: bool,
    /// Send none
    #[arg(long)]
    pub(crate) off: bool,
    /// Least severity worth a mail
    #[arg(long)]
    pub(crate) severity: Option<Severity>,
    /// To these addresses, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS")]
    pub(crate) to: Vec<String>,
    /// To every member
    #[arg(long, conflicts_with = "to")]
    pub(crate) to_everybody: bool,
}

impl Mail {
    /// Whether anything is to be changed.
    pub(crate) fn changes(&self) -> bool {
        self.on || self.off || self.severity.is_some() || !self.to.is_empty() || self.to_everybody
    }
}
