//! `authorization.revoked` and `asset.archived`: RETIRED, never FIXED.
use serde_json::json;
use tokio::process::Command;
use wt_bus::envelope_for;
use wt_exposure::Settled;
use wt_model::{EventType, Principal};
use wt_proto::{
    event::{AssetArchived, AuthorizationRevoked},
    subject::EventPayload,
};
use wt_testkit::wait;

use crate::{
    replay::replay,
    room::{PATIENCE, Room, organization},
    told::{CHECK, Told, asset, told},
};

async fn say<P: EventPayload>(room: &Room, tenant: wt_model::TenantKey, news: &P) {
    let principal = Principal::service("asset-registry", tenant);
    let envelope = envelope_for("asset-registry", tenant, &principal, news);
    room.bus.publish(P::TYPE, &envelope).await.unwrap();
}

async fn newest_event(room: &Room, expected: EventType) {
    wait::until(PATIENCE, "the transition", async || {
        let mut conn = room.superuser().await;
        let newest: String =
            sqlx::query_scalar("select type from results.events order by leaf_index desc limit 1")
                .fetch_one(&mut conn)
                .await
                .unwrap();
        (newest == expected.as_str()).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_proof_retires_and_a_new_look_reopens_under_the_same_key() {
    let room = Room::open().await;
    let tenant = organization();
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    let revoked = AuthorizationRevoked {
        asset_id: asset().to_string(),
        authorization_id: "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        reason: "sold".to_owned(),
    };
    say(&room, tenant, &revoked).await;
    newest_event(&room, EventType::Retired).await;
    room.tell(proven_again(told(
        tenant,
        "on_demand",
        &[(80, Settled::Present)],
    )))
    .await;
    newest_event(&room, EventType::Reopened).await;
    say(
        &room,
        tenant,
        &AssetArchived {
            asset_id: asset().to_string(),
        },
    )
    .await;
    newest_event(&room, EventType::Retired).await;
    assert_eq!(room.counts().await[0].1, 1, "one exposure throughout");
}

#[tokio::test]
async fn a_result_under_way_when_its_proof_was_withdrawn_reopens_nothing() {
    let room = Room::open().await;
    let tenant = organization();
    let seen = || told(tenant, "on_demand", &[(80, Settled::Present)]);
    let under_way = seen();
    room.tell(seen()).await;
    let revoked = AuthorizationRevoked {
        asset_id: asset().to_string(),
        authorization_id: "auz_01ARZ3NDEKTSV4RRFFQ69G5FAV".to_owned(),
        reason: "sold".to_owned(),
    };
    say(&room, tenant, &revoked).await;
    newest_event(&room, EventType::Retired).await;
    let events = events(&room).await;
    room.tell(under_way).await;
    room.tell(seen()).await;
    assert_eq!(self::events(&room).await, events, "nothing was told");
    newest_event(&room, EventType::Retired).await;
    let (same, found) = replay(&room, tenant).await;
    assert!(same, "{found}");
    room.tell(proven_again(seen())).await;
    newest_event(&room, EventType::Reopened).await;

    let archived = AssetArchived {
        asset_id: asset().to_string(),
    };
    say(&room, tenant, &archived).await;
    newest_event(&room, EventType::Retired).await;
    room.tell(proven_again(seen())).await;
    newest_event(&room, EventType::Retired).await;
    let (same, found) = replay(&room, tenant).await;
    assert!(same, "{found}");
}

/// As `told`, by a job that rests on a later proof of the same asset.
fn proven_again(mut told: Told) -> Told {
    told.job.authorization_ids = vec!["auz_01BX5ZZKBKACTAV9WEVGEMMVRZ".to_owned()];
    told
}

async fn events(room: &Room) -> i64 {
    sqlx::query_scalar("select count(*) from results.events")
        .fetch_one(&mut room.superuser().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_withdrawal_in_one_organization_touches_no_other() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    say(
        &room,
        other,
        &AssetArchived {
            asset_id: asset().to_string(),
        },
    )
    .await;
    wait::until(PATIENCE, "the withdrawal", async || {
        (room.inbox().await == 2).then_some(())
    })
    .await;
    newest_event(&room, EventType::New).await;
}

/// `wt-results checks withdraw`; what it said.
async fn withdrawn(room: &Room, check: &str) -> serde_json::Value {
    let done = Command::new(env!("CARGO_BIN_EXE_wt-results"))
        .args([
            "checks",
            "withdraw",
            check,
            "--reason=nobody offers it any more",
        ])
        .args(room.stored_at().into_iter().take(1))
        .arg(format!("--ledger-key-file={}", room.ledger_key_file()))
        .output()
        .await
        .unwrap();
    let problem = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{problem}");
    serde_json::from_slice(&done.stdout).unwrap()
}

#[tokio::test]
async fn a_check_that_left_the_catalogue_ends_what_it_found_once_and_never_as_fixed() {
    let room = Room::open().await;
    let (tenant, other) = (organization(), organization());
    for of in [tenant, other] {
        room.tell(told(
            of,
            "on_demand",
            &[(80, Settled::Present), (81, Settled::Present)],
        ))
        .await;
    }
    let nothing = json!({"check": "http.env_file", "organizations": 0, "exposures": 0});
    assert_eq!(withdrawn(&room, "http.env_file").await, nothing);
    let ended = json!({"check": CHECK, "organizations": 2, "exposures": 4});
    assert_eq!(withdrawn(&room, CHECK).await, ended);
    newest_event(&room, EventType::StaleCheck).await;
    let states: Vec<(String, i64)> =
        sqlx::query_as("select state, count(*) from results.exposures group by state")
            .fetch_all(&mut room.superuser().await)
            .await
            .unwrap();
    assert_eq!(states, [("stale_check".to_owned(), 4)]);
    // Again is nothing more.
    let events = events(&room).await;
    let again = json!({"check": CHECK, "organizations": 0, "exposures": 0});
    assert_eq!(withdrawn(&room, CHECK).await, again);
    assert_eq!(self::events(&room).await, events);
    for of in [tenant, other] {
        let (same, found) = replay(&room, of).await;
        assert!(same, "{found}");
    }
    // It is back, or a worker has it yet: the same exposures, under their old keys.
    room.tell(told(tenant, "on_demand", &[(80, Settled::Present)]))
        .await;
    newest_event(&room, EventType::Reopened).await;
    assert_eq!(room.counts().await[0].1, 4, "no exposure was doubled");
}
