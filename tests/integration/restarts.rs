//! The servers below the fleet restart in the middle of a scan.
use std::time::Duration;

use anyhow::Result;

use crate::{
    harness::{fleet::TestFleet, until},
    lost_worker::nothing_happened_twice,
};

#[tokio::test]
async fn a_run_survives_restarts_of_nats_and_postgres() -> Result<()> {
    let mut fleet = TestFleet::start("restarts").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.12.1").await?;
    target.expose_git();
    target.answer_after(Duration::from_millis(200));
    let asset_id = fleet.owned(&api, &target).await?;
    let before = target.requests().len();
    let run_id = api.scan(&[&asset_id], &fleet.web_port.to_string()).await?;
    until(
        "the scan to reach the target",
        Duration::from_secs(30),
        || async { Ok((target.requests().len() > before).then_some(())) },
    )
    .await?;
    let run = api.get(&format!("/scans/{run_id}")).await?.ok()?;
    assert_eq!(run["state"], "running", "the scan ended before the restart");
    fleet.restart_nats().await?;
    fleet.restart_postgres().await?;
    fleet.fleet.ready().await?;
    let run = api.ended(&run_id).await?;
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(run["cells"]["planned"], run["cells"]["settled"]);
    assert_eq!(
        api.exposure("http.exposed.git_config").await?["state"],
        "open"
    );
    nothing_happened_twice(&api).await
}
