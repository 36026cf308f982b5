//! The same result again, or late, changes nothing (contracts §6).
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use prost::Message;
use serde_json::Value;
use wt_proto::event::{Envelope, ScanAccepted, ScanCompleted};

use crate::harness::{
    api::{Api, text},
    bus::Bus,
    fleet::TestFleet,
};

#[tokio::test]
async fn a_result_delivered_twice_or_late_changes_nothing() -> Result<()> {
    let fleet = TestFleet::start("late_result").await?;
    let api = fleet.api()?.sign_up("ada").await?;
    let target = fleet.target("127.0.13.1").await?;
    target.expose_git();
    let asset_id = fleet.owned(&api, &target).await?;
    let bus = Bus::connect(&fleet.nats.0.url()).await?;
    let mut completed = bus.listen("scan.completed").await?;
    let mut accepted = bus.listen("scan.accepted").await?;
    let ports = fleet.web_port.to_string();
    api.scanned(&[&asset_id], &ports).await?;
    let (completed, accepted) = (completed.next().await?, accepted.next().await?);

    // A newer run says that it is gone.
    target.remove("/.git/config");
    api.scanned(&[&asset_id], &ports).await?;
    assert_eq!(
        api.exposure("http.exposed.git_config").await?["state"],
        "fixed"
    );
    bus.quiet().await?;
    let before = picture(&api).await?;

    // The older run's news again: as it was, under a new id, and as another attempt's.
    bus.publish(&completed, completed.payload.clone(), "again-1")
        .await?;
    bus.publish(
        &completed,
        renamed(&completed.payload, |_: &mut ScanCompleted| ())?,
        "again-2",
    )
    .await?;
    let later_attempt = |event: &mut ScanCompleted| event.attempt += 1;
    bus.publish(
        &completed,
        renamed(&completed.payload, later_attempt)?,
        "again-3",
    )
    .await?;
    bus.publish(&accepted, accepted.payload.clone(), "again-4")
        .await?;
    bus.publish(
        &accepted,
        renamed(&accepted.payload, |_: &mut ScanAccepted| ())?,
        "again-5",
    )
    .await?;
    bus.quiet().await?;
    assert_eq!(picture(&api).await?, before);
    Ok(())
}

/// The same event under an id that no inbox has seen, changed by `change`.
fn renamed<E: Message + Default>(payload: &[u8], change: impl FnOnce(&mut E)) -> Result<Bytes> {
    let mut envelope = Envelope::decode(payload)?;
    let mut event = E::decode(envelope.payload.as_slice())?;
    change(&mut event);
    envelope.payload = event.encode_to_vec();
    // The last letter of a ULID is random, so any other makes another id.
    let last = envelope.id.pop().context("an event without an id")?;
    envelope.id.push(if last == 'Z' { 'Y' } else { 'Z' });
    Ok(envelope.encode_to_vec().into())
}

/// Everything that may not change.
async fn picture(api: &Api) -> Result<Vec<Value>> {
    let head = api.get("/ledger/head").await?.ok()?;
    ensure!(text(&head, "root_hash").is_ok(), "no root in {head}");
    let mut picture = vec![head["root_hash"].clone(), head["tree_size"].clone()];
    picture.extend(api.all("/exposures").await?);
    picture.extend(api.all("/changes").await?);
    picture.extend(api.all("/scans").await?);
    Ok(picture)
}
