//! One file a noun: what each command asks of the API and what it prints.
mod account;
mod admin;
mod assets;
pub(crate) mod audit;
mod changes;
mod device;
mod exposures;
mod import;
mod integrations;
mod ledger;
pub(crate) mod local;
mod migrate;
pub(crate) mod packet;
mod people;
mod pools;
mod report;
mod risk;
mod scan;
mod schedules;
mod sla;
mod trust;
mod verify_asset;
mod views;
mod watch;
mod whole_list;

use crate::{
    api::Api,
    args::{Arguments, Command, Global},
    fault::CliFault,
};

/// Runs a command that talks to somebody.
pub(crate) async fn dispatch(arguments: Arguments) -> Result<(), CliFault> {
    let Arguments { global, command } = arguments;
    // A wrong format is told before anything is done.
    if !matches!(
        command,
        Command::Packet { .. } | Command::Ledger { .. } | Command::Audit { .. }
    ) {
        global.format()?;
    }
    if let Command::Migrate(migrate) = &command {
        return migrate::run(migrate, &global).await;
    }
    let api = Api::new(&global)?;
    if let Some(organization) = &global.org
        && !matches!(command, Command::Login(_) | Command::Signup(_))
    {
        api.switch_to(organization).await?;
    }
    let work = Work { api, global };
    match command {
        Command::Signup(signup) => work.sign_up(signup).await,
        Command::Login(login) => work.log_in(login).await,
        Command::Logout => work.log_out().await,
        Command::Whoami => work.who_am_i().await,
        Command::Assets { command } => work.assets(command).await,
        Command::Scan { command } => work.scan(command).await,
        Command::Schedules { command } => work.schedules(command).await,
        Command::Pools { command } => work.pools(command).await,
        Command::Changes(changes) => work.changes(changes).await,
        Command::Exposures { command } => work.exposures(command).await,
        Command::Import(import) => work.import(import).await,
        Command::Risk { limit } => work.risk(limit).await,
        Command::Views { command } => work.views(command).await,
        Command::Sla(sla) => work.sla(sla).await,
        Command::ScanWindows(list) => work.whole_list(list, "/scan-windows", "rules").await,
        Command::ScanExclusions(list) => {
            let (path, name) = ("/scan-exclusions", "exclusions");
            work.whole_list(list, path, name).await
        }
        Command::Packet { command } => work.packet(command).await,
        Command::Ledger { command } => work.ledger(command).await,
        Command::Audit { command } => work.audit(command).await,
        Command::Members { command } => work.members(command).await,
        Command::Invitations { command } => work.invitations(command).await,
        Command::Teams { command } => work.teams(command).await,
        Command::Integrations { command } => work.integrations(command).await,
        Command::Report { command } => work.report(command).await,
        Command::Admin { command } => work.admin(command).await,
        // Handled before a runtime was started, or above.
        Command::VerifyPacket(_)
        | Command::VerifyGrowth(_)
        | Command::Keys { .. }
        | Command::Completions { .. }
        | Command::Version
        | Command::Migrate(_) => Ok(()),
    }
}

/// What every command works with.
struct Work {
    api: Api,
    global: Global,
}

/// Query parameters that were given.
fn given(pairs: &[(&'static str, Option<&str>)]) -> Vec<(&'static str, String)> {
    pairs
        .iter()
        .filter_map(|(name, value)| value.map(|value| (*name, value.to_owned())))
        .collect()
}
