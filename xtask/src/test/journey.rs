//! The journeys of `web/e2e`: a real browser against a fleet of its own.
use anyhow::{Context, Result};
use wt_testkit::fleet::free_ports;

use super::tally::Tally;
use crate::{
    dev::{self, Lock, Plan, State},
    workspace::Workspace,
};

/// What the journey scans: an address of its own on this machine.
const HOST: &str = "127.0.0.9";

/// Starts a fleet, lets the browser use it, and stops it.
pub(super) async fn run(workspace: &Workspace, tally: &mut Tally) -> Result<()> {
    let name = "web journey";
    let script = workspace.path("web/e2e/journey.mjs");
    if !script.is_file() {
        tally.skip(name, "there is no web/e2e/journey.mjs");
        return Ok(());
    }
    let folder = workspace.target("journey");
    let _lock = Lock::take(&folder)?;
    let mut state = State::read(&folder);
    dev::clear(&folder, &mut state).await?;
    let port = free_ports(1)?.first().copied().context("no free port")?;
    let plan = Plan {
        folder: folder.clone(),
        allow_networks: vec!["127.0.0.0/8".to_owned()],
        http_file_ports: vec![port],
        extra: dev::example_prices(),
        ..Plan::default()
    };
    match dev::start(workspace, &plan, &mut state).await {
        Ok(_) => {
            tally.step(
                name,
                dev::npm(workspace)
                    .args(["run", "e2e", "--silent"])
                    .env("WT_BASE_URL", &state.public_url)
                    .env("WT_E2E_HOST", HOST)
                    .env("WT_E2E_PORT", port.to_string())
                    .env("WT_E2E_FLEET", &folder)
                    .env("WT_E2E_SCREENS", folder.join("screens")),
            )?;
        }
        Err(error) => tally.fail(name, &error),
    }
    state.stop(&folder).await?;
    Ok(())
}
