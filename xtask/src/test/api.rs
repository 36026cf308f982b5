//! Generated requests over the served contract, against a fleet of its own.
use anyhow::Result;

use super::tally::Tally;
use crate::{
    dev::{self, Lock, Plan, State},
    workspace::Workspace,
};

/// Starts a fleet, asks everything its contract allows and much that it does not, and stops it.
pub(super) async fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let name = "api";
    let folder = workspace.target("api");
    let _lock = Lock::take(&folder)?;
    let mut state = State::read(&folder);
    dev::clear(&folder, &mut state).await?;
    let plan = Plan {
        folder: folder.clone(),
        // Requests come from many addresses and fast: budgets have tests of their own.
        extra: [
            ("WT_TRUSTED_PROXIES", "1"),
            ("WT_READS_PER_SECOND", "1000000"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..Plan::default()
    };
    match dev::start(workspace, &plan, &mut state).await {
        Ok(_) => {
            tally.step(
                name,
                workspace
                    .command("sh")
                    .arg(workspace.path("tests/api/run.sh"))
                    .env("WT_BASE_URL", &state.gateway_url),
            )?;
        }
        Err(error) => tally.fail(name, &error),
    }
    state.stop(&folder).await?;
    Ok(())
}
