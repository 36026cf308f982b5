//! What `members`, `invitations` and `teams` take.
use clap::Subcommand;

/// Roles that can be given; own roles are given in the web.
const ROLES: [&str; 6] = ["owner", "admin", "operator", "viewer", "auditor", "member"];

#[derive(Debug, Subcommand)]
pub(crate) enum Members {
    /// Everybody in the organization
    #[command(visible_alias = "ls")]
    List,
    /// Give somebody another role
    Role {
        /// Address or id
        person: String,
        /// Which
        #[arg(value_parser = ROLES)]
        role: String,
    },
    /// Shut somebody out until they are reactivated; their sign-ins here end at once
    Deactivate {
        /// Address or id
        person: String,
    },
    /// Let somebody in again
    Reactivate {
        /// Address or id
        person: String,
    },
    /// Take somebody out of the organization
    Rm {
        /// Address or id
        person: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Invitations {
    /// Invitations nobody answered yet
    #[command(visible_alias = "ls")]
    List,
    /// Ask somebody in by mail
    Send {
        /// Address the mail goes to
        email: String,
        /// As what
        #[arg(long, default_value = "viewer", value_parser = ROLES)]
        role: String,
    },
    /// Mail a new link; the one before works no more
    Resend {
        /// Id (`inv_…`)
        invitation: String,
    },
    /// Withdraw one
    Withdraw {
        /// Id (`inv_…`)
        invitation: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Teams {
    /// The organization's teams
    #[command(visible_alias = "ls")]
    List,
    /// Make a team
    Create {
        /// Its name
        name: String,
        /// What it is for
        #[arg(long, default_value = "")]
        description: String,
    },
    /// Put somebody into a team
    Add {
        /// Id (`tem_…`)
        team: String,
        /// Address or id
        person: String,
    },
    /// Take somebody out of a team
    Take {
        /// Id (`tem_…`)
        team: String,
        /// Address or id
        person: String,
    },
    /// Delete a team, and what it gave
    Rm {
        /// Id (`tem_…`)
        team: String,
        /// Do it without asking
        #[arg(long)]
        yes: bool,
    },
}
