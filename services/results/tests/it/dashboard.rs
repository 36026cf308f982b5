//! The first screen's counts are those of the list, whatever was done to the exposures.
use std::collections::BTreeMap;

use sqlx::Executor;
use time::{Duration, OffsetDateTime};
use wt_exposure::Settled;
use wt_model::{Principal, Role, Severity, TenantKey};
use wt_proto::{
    convert::to_timestamp,
    results::{
        Exposure, GetDashboardRequest, GetDashboardResponse, GetTrendsRequest, GetTrendsResponse,
        ListExposuresRequest, RecordActionRequest,
    },
};

use crate::{
    room::{Room, organization, person},
    told::{CHECK, asset, gone, silent, told, told_of},
};

async fn board(room: &Room, who: &Principal) -> GetDashboardResponse {
    board_since(room, who, None).await
}

async fn board_since(
    room: &Room,
    who: &Principal,
    since: Option<OffsetDateTime>,
) -> GetDashboardResponse {
    let request = GetDashboardRequest {
        since: since.map(to_timestamp),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    let shown = room.client().get_dashboard(request).await.unwrap();
    shown.into_inner()
}

async fn trend(room: &Room, who: &Principal, of: GetTrendsRequest) -> GetTrendsResponse {
    let request = room.peer.request(Some(who), of).unwrap();
    room.client()
        .get_trends(request)
        .await
        .unwrap()
        .into_inner()
}

async fn list(room: &Room, who: &Principal) -> Vec<Exposure> {
    let request = room
        .peer
        .request(Some(who), ListExposuresRequest::default())
        .unwrap();
    let listed = room.client().list_exposures(request).await.unwrap();
    listed.into_inner().exposures
}

async fn act(room: &Room, who: &Principal, key: &str, kind: &str, days: Option<i64>) {
    let until = days.map(|days| OffsetDateTime::now_utc() + Duration::days(days));
    let request = RecordActionRequest {
        key: key.to_owned(),
        kind: kind.to_owned(),
        reason: "because".to_owned(),
        until: until.map(to_timestamp),
        ..Default::default()
    };
    let request = room.peer.request(Some(who), request).unwrap();
    room.client().record_action(request).await.unwrap();
}

fn counted(words: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// Says what the list says, counted.
async fn agrees(room: &Room, who: &Principal, when: &str) {
    let (shown, all) = (board(room, who).await, list(room, who).await);
    let live = || {
        all.iter()
            .filter(|e| ["open", "unresponsive"].contains(&e.state.as_str()))
    };
    let states = counted(all.iter().map(|e| e.state.clone()));
    assert_eq!(shown.by_state, states, "{when}");
    let severities = counted(live().map(|e| e.severity.clone()));
    assert_eq!(shown.by_severity, severities, "{when}");
    let clocks = counted(live().map(|e| e.sla.clone()));
    assert_eq!(shown.by_sla, clocks, "{when}");
    // Of everything, a trend's "now" comes from the tallies; of a part, from the part's own rows.
    let of_all = trend(room, who, GetTrendsRequest::default()).await;
    assert_eq!(of_all.by_sla, clocks, "{when}");
    for part in [
        GetTrendsRequest {
            asset_id: asset().to_string(),
            ..Default::default()
        },
        GetTrendsRequest {
            check_id: CHECK.to_owned(),
            ..Default::default()
        },
    ] {
        let part = trend(room, who, part).await;
        assert_eq!(
            (&part.ages, &part.by_sla),
            (&of_all.ages, &clocks),
            "{when}"
        );
    }
}

#[tokio::test]
async fn the_counts_of_the_first_screen_are_those_of_the_list_at_every_step() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Operator);
    agrees(&room, &who, "with nothing").await;
    let all: Vec<(u16, Settled)> = (80..86).map(|port| (port, Settled::Present)).collect();
    let mut first = told(tenant, "on_demand", &all);
    for (seen, severity) in first.report.observations.iter_mut().zip(Severity::ALL) {
        seen.severity = *severity;
    }
    room.tell(first).await;
    agrees(&room, &who, "first seen").await;

    let keys: BTreeMap<u32, String> = list(&room, &who)
        .await
        .into_iter()
        .map(|e| (e.port, e.key))
        .collect();
    act(&room, &who, &keys[&80], "accept_risk", Some(3)).await;
    act(&room, &who, &keys[&81], "false_positive", None).await;
    agrees(&room, &who, "two set aside").await;
    let mut conn = room.superuser().await;
    let back = "update results.exposures set first_seen = first_seen - interval '40 days 5 hours',
                    paused_at = paused_at - interval '10 days',
                    decision_until = decision_until - interval '10 days'";
    conn.execute(back).await.unwrap();
    agrees(
        &room,
        &who,
        "the clocks of some ran out, one acceptance ended",
    )
    .await;

    let cells = [(82, gone()), (83, silent()), (84, Settled::Present)];
    room.tell(told_of(tenant, "on_demand", &cells, "2")).await;
    agrees(&room, &who, "one fixed, one silent").await;
    let cells = [(82, Settled::Present)];
    room.tell(told_of(tenant, "on_demand", &cells, "3")).await;
    agrees(&room, &who, "one came back").await;

    // Folding them changes no sum.
    let noise = format!(
        "insert into results.exposure_tallies
             select '{tenant}', 'open', 4, 99, null, case i % 2 when 0 then 1 else -1 end
             from generate_series(1, 200) i;
         insert into results.clock_tallies
             select '{tenant}', 4, true, date_trunc('hour', now()), null,
                    case i % 2 when 0 then 1 else -1 end, date_trunc('hour', now())
             from generate_series(1, 200) i"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(noise))
        .execute(&mut conn)
        .await
        .unwrap();
    agrees(&room, &who, "before they are folded").await;
    let folded: i64 = sqlx::query_scalar("select results.fold_tallies()")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!(folded >= 400, "{folded}");
    let left: i64 = sqlx::query_scalar(
        "select (select count(*) from results.exposure_tallies)
              + (select count(*) from results.clock_tallies)",
    )
    .fetch_one(&mut conn)
    .await
    .unwrap();
    assert!(left <= 12, "{left} rows of 6 exposures");
    agrees(&room, &who, "folded").await;

    // What the migration counted of what was there is what the triggers would have.
    let migration = include_str!("../../../../migrations/results/0033_ages_in_tallies.sql");
    let (_, after) = migration.split_once("-- backfill {").unwrap();
    let (backfill, _) = after.split_once("-- }").unwrap();
    sqlx::raw_sql(backfill).execute(&mut conn).await.unwrap();
    agrees(&room, &who, "counted anew").await;
}

/// Says how many events of each type were told since, one by one.
async fn since_agrees(room: &Room, tenant: TenantKey, since: OffsetDateTime, when: &str) {
    let told: Vec<(String, i64)> = sqlx::query_as(
        "select type, count(*) from results.events where tenant_key = $1 and at >= $2 group by 1",
    )
    .bind(tenant.to_string())
    .bind(since)
    .fetch_all(&mut room.superuser().await)
    .await
    .unwrap();
    let told: BTreeMap<String, u64> = told
        .into_iter()
        .map(|(kind, rows)| (kind, u64::try_from(rows).unwrap()))
        .collect();
    let who = person(tenant, Role::Viewer);
    let shown = board_since(room, &who, Some(since)).await.events_since;
    assert_eq!(
        BTreeMap::from_iter(shown),
        told,
        "{when}: events since {since}"
    );
}

#[tokio::test]
async fn what_was_told_since_a_moment_is_counted_to_the_moment() {
    let room = Room::open().await;
    let (tenant, beside) = (organization(), organization());
    room.old_history(tenant).await;
    room.old_history(beside).await;
    let mut conn = room.superuser().await;
    let moments: Vec<OffsetDateTime> =
        sqlx::query_scalar("select distinct at from results.events where tenant_key = $1")
            .bind(tenant.to_string())
            .fetch_all(&mut conn)
            .await
            .unwrap();
    assert!(moments.len() >= 5, "{moments:?}");
    let mut asked = vec![
        OffsetDateTime::UNIX_EPOCH,
        OffsetDateTime::now_utc() + Duration::days(400),
    ];
    for at in &moments {
        let (tick, whole) = (Duration::MICROSECOND, at.truncate_to_hour());
        asked.extend([
            *at,
            *at + tick,
            *at - tick,
            whole,
            whole - tick,
            whole + Duration::HOUR,
        ]);
    }
    for since in &asked {
        since_agrees(&room, tenant, *since, "as they were told").await;
    }

    // Folding them changes no sum; nor does what the migration counted of what was there.
    let noise = format!(
        "insert into results.event_tallies
             select '{tenant}', 'NEW', date_trunc('hour', now(), 'UTC'), case i % 2 when 0 then 1 else -1 end
             from generate_series(1, 200) i"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(noise))
        .execute(&mut conn)
        .await
        .unwrap();
    let folded: i64 = sqlx::query_scalar("select results.fold_event_tallies()")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert!(folded >= 200, "{folded}");
    let left = "select count(*) from results.event_tallies where tenant_key = $1";
    assert!(room.number(left, tenant).await <= 9);
    let migration = include_str!("../../../../migrations/results/0035_event_tallies.sql");
    let (_, after) = migration.split_once("-- backfill {").unwrap();
    let (backfill, _) = after.split_once("-- }").unwrap();
    for when in ["folded", "counted anew"] {
        for since in &asked {
            since_agrees(&room, tenant, *since, when).await;
        }
        sqlx::raw_sql(backfill).execute(&mut conn).await.unwrap();
    }
}
