//! `migrate`.
use crate::{
    args::{Global, Migrate},
    fault::CliFault,
    output::say,
};

/// Brings a database to the schema this version needs.
pub(crate) async fn run(migrate: &Migrate, global: &Global) -> Result<(), CliFault> {
    wt_pg::migrate(&migrate.database_url, &migrate.dir)
        .await
        .map_err(CliFault::unexpected)?;
    if !global.quiet {
        say("the database is up to date");
    }
    Ok(())
}
