//! `wt-results replay`: the live ledger is what the stored payloads say, whatever arrived when.
use serde_json::Value;
use sqlx::Executor;
use tokio::process::Command;
use wt_bus::envelope_for;
use wt_exposure::Settled;
use wt_model::{Principal, Role, TenantKey};
use wt_proto::{event::AssetArchived, results::GetPacketRequest, subject::EventPayload};
use wt_testkit::wait;

use crate::{
    ground::Ground,
    room::{PATIENCE, Room, organization, person},
    told::{asset, cell, gone, told, told_of},
};

/// What the command says, and whether it ended well.
pub(crate) async fn replay(ground: &Ground, tenant: TenantKey) -> (bool, Value) {
    let done = Command::new(env!("CARGO_BIN_EXE_wt-results"))
        .arg("replay")
        .arg(format!("--organization={tenant}"))
        .args(ground.stored_at())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(done.stdout).unwrap();
    let problem = String::from_utf8_lossy(&done.stderr);
    let found = serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{problem}"));
    (done.status.success(), found)
}

async fn packet(room: &Room, tenant: TenantKey) {
    let mut conn = room.superuser().await;
    let key: String = sqlx::query_scalar("select key from results.exposures order by key limit 1")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    let viewer = person(tenant, Role::Viewer);
    let request = GetPacketRequest {
        key,
        ..Default::default()
    };
    let request = room.peer.request(Some(&viewer), request).unwrap();
    room.client().get_packet(request).await.unwrap();
}

#[tokio::test]
async fn a_history_with_late_doubled_refused_and_withdrawn_things_replays_to_the_live_root() {
    let room = Room::open().await;
    let tenant = organization();
    let both = [(80, Settled::Present), (81, Settled::Present)];
    let first = room.tell(told(tenant, "on_demand", &both)).await;
    let late = told_of(tenant, "on_demand", &both, "2");
    let mut refused = told(tenant, "on_demand", &[(80, gone())]);
    refused.report.cells.push(cell(8080, gone(), 2));
    room.tell(told(
        tenant,
        "on_demand",
        &[(80, gone()), (82, Settled::Present)],
    ))
    .await;
    packet(&room, tenant).await;
    room.tell(refused).await;
    room.tell(late).await;
    room.say(&first).await;
    let archived = AssetArchived {
        asset_id: asset().to_string(),
    };
    let principal = Principal::service("asset-registry", tenant);
    let envelope = envelope_for("asset-registry", tenant, &principal, &archived);
    room.bus
        .publish(AssetArchived::TYPE, &envelope)
        .await
        .unwrap();
    wait::until(PATIENCE, "the withdrawal", async || {
        let mut conn = room.superuser().await;
        let withdrawn: i64 = sqlx::query_scalar("select count(*) from results.withdrawals")
            .fetch_one(&mut conn)
            .await
            .unwrap();
        (withdrawn == 1).then_some(())
    })
    .await;
    room.tell(told(tenant, "on_demand", &both)).await;
    packet(&room, tenant).await;
    let (well, found) = replay(&room, tenant).await;
    assert!(well, "{found}");
    assert_eq!(found["root_hash"], found["live_root_hash"]);
    assert_eq!(found["same"], true);
    assert_eq!(
        (&found["results"], &found["withdrawals"]),
        (&Value::from(4), &Value::from(1))
    );
    let leaves = room.counts().await;
    let leaves = leaves.iter().find(|(table, _)| table == "leaves").unwrap();
    assert_eq!(found["tree_size"], Value::from(leaves.1));
}

#[tokio::test]
async fn a_row_or_a_leaf_that_somebody_changed_is_told_by_a_replay() {
    let room = Room::open().await;
    let tenant = organization();
    let both = [(80, Settled::Present), (81, Settled::Present)];
    room.tell(told(tenant, "on_demand", &both)).await;
    let mut conn = room.superuser().await;
    conn.execute("update results.exposures set severity = 'low' where port = 80")
        .await
        .unwrap();
    let (well, found) = replay(&room, tenant).await;
    assert!(!well);
    assert_eq!(
        (&found["differing"], &found["same"]),
        (&1.into(), &false.into())
    );
    assert_eq!(found["root_hash"], found["live_root_hash"]);
    conn.execute(
        "update results.exposures set severity = 'high';
         update results.trees set peaks = array[decode(repeat('00', 32), 'hex')]",
    )
    .await
    .unwrap();
    let (well, found) = replay(&room, tenant).await;
    assert!(!well && found["differing"] == 0, "{found}");
    assert_ne!(found["root_hash"], found["live_root_hash"]);
}

#[tokio::test]
async fn an_organization_without_results_replays_to_nothing() {
    let room = Room::open().await;
    let (well, found) = replay(&room, organization()).await;
    assert!(well && found["tree_size"] == 0, "{found}");
}
