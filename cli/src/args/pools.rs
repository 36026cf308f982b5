//! What `pools` takes.
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum Pools {
    /// List private pools: the organization's own and those of the organizations above
    #[command(visible_alias = "ls")]
    List,
    /// Make a private pool, for workers of your own
    Create {
        /// Name
        name: String,
        /// Let it take the scans that name no pool
        #[arg(long)]
        default: bool,
    },
    /// Rename a pool
    Rename {
        /// Id or name
        pool: String,
        /// New name
        name: String,
    },
    /// Let a pool take the scans that name no pool, or let none
    Default {
        /// Id or name; `shared` for none
        pool: String,
    },
    /// Remove a pool that no run uses
    #[command(visible_alias = "rm")]
    Remove {
        /// Id or name
        pool: String,
    },
}
