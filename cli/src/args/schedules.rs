//! What `schedules` takes.
use clap::{Args, Subcommand, ValueEnum};
use wt_model::{Policy, Profile};

#[derive(Debug, Subcommand)]
pub(crate) enum Schedules {
    /// List schedules, with what became of the last time
    #[command(visible_alias = "ls")]
    List,
    /// Scan by itself from now on
    Create(NewSchedule),
    /// Ask for nothing until it goes on
    Pause {
        /// Id or name
        schedule: String,
    },
    /// Let a paused one go on with its next time
    Resume {
        /// Id or name
        schedule: String,
    },
    /// Forget a schedule; its scans stay
    #[command(visible_alias = "rm")]
    Remove {
        /// Id or name
        schedule: String,
    },
}

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Every {
    /// Each day
    Day,
    /// Each week, on `--weekday`
    Week,
    /// Each month, on `--day`
    Month,
}

#[derive(Debug, Args)]
pub(crate) struct NewSchedule {
    /// Name
    pub(crate) name: String,
    /// How often
    #[arg(long, value_enum, default_value_t = Every::Day)]
    pub(crate) every: Every,
    /// Of a week: 1 (Monday) to 7 (Sunday)
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=7))]
    pub(crate) weekday: u32,
    /// Of a month: 1 to 31; the last of a shorter month
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=31))]
    pub(crate) day: u32,
    /// Local time, such as `06:30`
    #[arg(long, value_name = "HH:MM")]
    pub(crate) at: String,
    /// The time zone it is one of, such as `Europe/Berlin`
    #[arg(long, default_value = "UTC", value_name = "ZONE")]
    pub(crate) zone: String,
    /// What to scan (id or value); may be given again; every asset verified by then without
    #[arg(long)]
    pub(crate) asset: Vec<String>,
    /// How much to look at
    #[arg(long, default_value_t = Profile::Baseline)]
    pub(crate) profile: Profile,
    /// How hard it may press
    #[arg(long, default_value_t = Policy::Safe)]
    pub(crate) policy: Policy,
    /// Ports such as `22,80,8000-8100`; the profile's without
    #[arg(long, default_value = "", hide_default_value = true)]
    pub(crate) ports: String,
    /// Who scans: a private pool (id or name), or `shared`; the default pool without
    #[arg(long)]
    pub(crate) pool: Option<String>,
}
