//! How it goes over time, through the service's own door.
use time::{Duration, OffsetDateTime, macros::datetime};
use wt_exposure::Settled;
use wt_model::{Principal, Role};
use wt_proto::results::{
    AssetCount, CountByAssetRequest, GetTrendsRequest, GetTrendsResponse, TrendAssets,
};
use wt_testkit::wait;

use crate::{
    room::{PATIENCE, Room, organization, person},
    told::{CHECK, Told, asset, gone, told},
};

/// Noon of the first day of these tests.
const NOON: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

fn on_day(told: Told, nth: i64) -> Told {
    Told {
        finished_at: NOON + Duration::days(nth),
        ..told
    }
}

/// An asset that nothing was found on.
const OTHER: &str = "ast_01ARZ3NDEKTSV4RRFFQ69G5FAW";

fn together(ids: &[&str]) -> TrendAssets {
    let ids = ids.iter().map(|id| (*id).to_owned()).collect();
    TrendAssets { ids }
}

fn asked() -> GetTrendsRequest {
    GetTrendsRequest {
        from: "2026-01-01".to_owned(),
        to: "2026-01-05".to_owned(),
        ..Default::default()
    }
}

async fn ask(
    room: &Room,
    who: &Principal,
    message: GetTrendsRequest,
) -> Result<GetTrendsResponse, tonic::Status> {
    let request = room.peer.request(Some(who), message).unwrap();
    Ok(room.client().get_trends(request).await?.into_inner())
}

/// The trend once everything is added up.
async fn current(room: &Room, who: &Principal, message: GetTrendsRequest) -> GetTrendsResponse {
    wait::until(PATIENCE, "the trends to be added up", async || {
        let answer = ask(room, who, message.clone()).await.unwrap();
        answer.current.then_some(answer)
    })
    .await
}

/// Open and high, appeared, fixed, and whether somebody looked; by day.
fn days(answer: &GetTrendsResponse) -> Vec<(u64, u64, u64, bool)> {
    let days = answer.days.iter();
    days.map(|day| {
        let open = day.open.get("high").copied().unwrap_or_default();
        (open, day.appeared, day.fixed, day.looked)
    })
    .collect()
}

#[tokio::test]
async fn a_trend_adds_up_each_day_and_shows_where_nobody_looked() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let present = Settled::Present;
    let two = [(80, present.clone()), (81, present.clone())];
    room.tell(on_day(told(tenant, "on_demand", &two), 0)).await;
    let one_fixed = [(80, gone()), (81, present.clone())];
    room.tell(on_day(told(tenant, "on_demand", &one_fixed), 2))
        .await;
    room.tell(on_day(told(tenant, "on_demand", &[(80, present)]), 4))
        .await;

    let expected = [
        (2, 2, 0, true),
        (2, 0, 0, false),
        (1, 0, 1, true),
        (1, 0, 0, false),
        (2, 1, 0, true),
    ];
    let trend = current(&room, &who, asked()).await;
    assert_eq!(days(&trend), expected);
    let sums = trend.sums.unwrap();
    assert_eq!((sums.appeared, sums.fixed, sums.fixed_late), (3, 1, 0));
    assert_eq!(sums.mean_time_to_fix_s, Some(2 * 86_400));
    assert_eq!(trend.ages.iter().map(|bucket| bucket.open).sum::<u64>(), 2);
    assert_eq!(trend.by_sla.values().sum::<u64>(), 2);

    for narrowed in [
        GetTrendsRequest {
            asset_id: asset().to_string(),
            ..asked()
        },
        GetTrendsRequest {
            check_id: CHECK.to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            assets: Some(together(&[OTHER, &asset().to_string()])),
            ..asked()
        },
    ] {
        let part = current(&room, &who, narrowed).await;
        assert_eq!(days(&part), expected);
        // Counted on another way than of everything.
        assert_eq!((&part.ages, &part.by_sla), (&trend.ages, &trend.by_sla));
    }
    for none in [together(&[OTHER]), together(&[])] {
        let of_none = GetTrendsRequest {
            assets: Some(none),
            ..asked()
        };
        let none = current(&room, &who, of_none).await;
        assert!(
            none.days
                .iter()
                .all(|day| !day.looked && day.open.is_empty())
        );
        assert!(none.by_sla.is_empty() && none.ages.iter().all(|bucket| bucket.open == 0));
    }
    let of_another = GetTrendsRequest {
        check_id: "port.open".to_owned(),
        ..asked()
    };
    let none = current(&room, &who, of_another).await;
    assert!(none.days.iter().all(|day| day.open.is_empty()));
    // What was open before the first day is open on it.
    let later = GetTrendsRequest {
        from: "2026-01-04".to_owned(),
        ..asked()
    };
    assert_eq!(days(&current(&room, &who, later).await), expected[3..]);
}

#[tokio::test]
async fn each_event_counts_once_and_only_for_its_organization() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let first = room
        .tell(on_day(
            told(tenant, "on_demand", &[(80, Settled::Present)]),
            0,
        ))
        .await;
    let before = current(&room, &who, asked()).await;
    // Told again, and added up again: nothing.
    room.say(&first).await;
    let again = on_day(told(tenant, "on_demand", &[(80, Settled::Present)]), 0);
    room.tell(again).await;
    let after = current(&room, &who, asked()).await;
    assert_eq!(before.days, after.days);
    let other = person(organization(), Role::Owner);
    let nothing = ask(&room, &other, asked()).await.unwrap();
    assert!(
        nothing
            .days
            .iter()
            .all(|day| !day.looked && day.open.is_empty())
    );
    assert!(nothing.by_sla.is_empty());

    for wrong in [
        GetTrendsRequest {
            from: "2026-01-06".to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            from: "2020-01-01".to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            from: "yesterday".to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            asset_id: asset().to_string(),
            check_id: CHECK.to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            assets: Some(together(&[])),
            check_id: CHECK.to_owned(),
            ..asked()
        },
        GetTrendsRequest {
            asset_id: asset().to_string(),
            assets: Some(together(&[])),
            ..asked()
        },
        GetTrendsRequest {
            assets: Some(together(&["shop"])),
            ..asked()
        },
        GetTrendsRequest {
            assets: Some(together(&vec![OTHER; 10_001])),
            ..asked()
        },
    ] {
        let refused = ask(&room, &who, wrong).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}

async fn counted(
    room: &Room,
    who: &Principal,
    ids: &[&str],
) -> Result<Vec<AssetCount>, tonic::Status> {
    let message = CountByAssetRequest {
        asset_ids: ids.iter().map(|id| (*id).to_owned()).collect(),
    };
    let request = room.peer.request(Some(who), message).unwrap();
    Ok(room
        .client()
        .count_by_asset(request)
        .await?
        .into_inner()
        .assets)
}

#[tokio::test]
async fn what_is_live_is_counted_by_asset_and_severity_for_who_may_read_it() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let all = [(80, Settled::Present), (81, Settled::Present)];
    room.tell(on_day(told(tenant, "on_demand", &all), 0)).await;
    let one_fixed = [(80, gone()), (81, Settled::Present)];
    room.tell(on_day(told(tenant, "on_demand", &one_fixed), 2))
        .await;
    current(&room, &who, asked()).await;
    let asset = asset().to_string();
    let expected = AssetCount {
        asset_id: asset.clone(),
        open: [("high".to_owned(), 1)].into(),
    };
    let both = [OTHER, asset.as_str()];
    assert_eq!(counted(&room, &who, &both).await.unwrap(), [expected]);
    // What is gone counts as nothing, and so does what is somebody else's.
    room.tell(on_day(told(tenant, "on_demand", &[(81, gone())]), 3))
        .await;
    current(&room, &who, asked()).await;
    assert!(counted(&room, &who, &both).await.unwrap().is_empty());
    let stranger = person(organization(), Role::Owner);
    assert!(counted(&room, &stranger, &both).await.unwrap().is_empty());

    let mut nobody = who.clone();
    nobody.roles.clear();
    let refused = counted(&room, &nobody, &both).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::PermissionDenied);
    for wrong in [vec!["shop"], vec![OTHER; 1_001]] {
        let refused = counted(&room, &who, &wrong).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}
