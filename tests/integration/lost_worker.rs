//! A worker dies in the middle of a scan: nothing is lost and nothing happens twice.
use std::{collections::BTreeSet, time::Duration};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::harness::{
    api::{Api, text},
    fleet::TestFleet,
    until,
};

#[tokio::test]
async fn a_run_survives_the_death_of_its_worker_and_each_cell_settles_once() -> Result<()> {
    let mut fleet = TestFleet::start("lost_worker").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.11.1").await?;
    target.expose_git();
    target.answer_after(Duration::from_millis(300));
    let asset_id = fleet.owned(&api, &target).await?;
    let before = target.requests().len();
    let run_id = api.scan(&[&asset_id], &fleet.web_port.to_string()).await?;
    until(
        "the scan to reach the target",
        Duration::from_secs(30),
        || async { Ok((target.requests().len() > before).then_some(())) },
    )
    .await?;
    fleet.fleet.kill("scan-worker").await?;
    target.answer_after(Duration::ZERO);
    fleet.fleet.add("scan-worker", "scan-worker-2").await?;
    let run = api.ended(&run_id).await?;
    assert_eq!(run["state"], "completed", "{run}");
    assert_eq!(run["cells"]["planned"], run["cells"]["settled"]);
    let jobs = api.all(&format!("/scans/{run_id}/jobs")).await?;
    ensure!(
        jobs.iter().any(|job| job["attempt"] == 2),
        "nobody took over: {jobs:?}"
    );
    nothing_happened_twice(&api).await
}

/// One event for each exposure, type and run.
pub(crate) async fn nothing_happened_twice(api: &Api) -> Result<()> {
    let events: Vec<Value> = api.all("/changes").await?;
    ensure!(!events.is_empty(), "there are no events");
    let mut seen = BTreeSet::new();
    for event in &events {
        let identity = (
            text(event, "key")?,
            text(event, "type")?,
            text(event, "run_id")?,
        );
        ensure!(seen.insert(identity.clone()), "twice: {identity:?}");
    }
    Ok(())
}
