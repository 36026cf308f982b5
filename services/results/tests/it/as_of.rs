//! Where exposures stood at a moment that is past, through the service's own door.
use time::OffsetDateTime;
use wt_exposure::Settled;
use wt_model::{Principal, Role};
use wt_proto::{
    common::PageRequest,
    convert::to_timestamp,
    results::{Exposure, GetDashboardRequest, ListExposuresRequest},
};

use crate::{
    room::{Room, organization, person},
    told::{Told, gone, silent, told},
};

/// The first moment of these tests; each run ends an hour after the one before.
fn hour(nth: i64) -> OffsetDateTime {
    time::macros::datetime!(2026-01-01 0:00 UTC) + time::Duration::hours(nth)
}

fn ended(told: Told, nth: i64) -> Told {
    Told {
        finished_at: hour(nth),
        ..told
    }
}

fn asked(nth: i64) -> ListExposuresRequest {
    ListExposuresRequest {
        as_of: Some(to_timestamp(hour(nth) + time::Duration::minutes(30))),
        ..Default::default()
    }
}

async fn list(
    room: &Room,
    who: &Principal,
    message: ListExposuresRequest,
) -> Result<Vec<Exposure>, tonic::Status> {
    let request = room.peer.request(Some(who), message).unwrap();
    let answer = room.client().list_exposures(request).await?;
    Ok(answer.into_inner().exposures)
}

fn states(exposures: &[Exposure]) -> Vec<(u32, &str)> {
    let mut states: Vec<_> = exposures
        .iter()
        .map(|exposure| (exposure.port, exposure.state.as_str()))
        .collect();
    states.sort_unstable();
    states
}

#[tokio::test]
async fn every_moment_shows_what_was_known_then_and_the_last_is_now() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let present = Settled::Present;
    let history: [&[(u16, Settled)]; 4] = [
        &[(80, present.clone())],
        &[(80, silent()), (81, present.clone())],
        &[(80, gone()), (81, present.clone())],
        &[(80, present), (81, gone())],
    ];
    for (nth, cells) in history.iter().enumerate() {
        let nth = i64::try_from(nth).unwrap();
        room.tell(ended(told(tenant, "on_demand", cells), nth))
            .await;
    }
    let expected: [&[(u32, &str)]; 4] = [
        &[(80, "open")],
        &[(80, "unresponsive"), (81, "open")],
        &[(80, "fixed"), (81, "open")],
        &[(80, "open"), (81, "fixed")],
    ];
    for (nth, expected) in (0..).zip(expected) {
        let then = list(&room, &who, asked(nth)).await.unwrap();
        assert_eq!(states(&then), *expected, "hour {nth}");
        let message = GetDashboardRequest {
            as_of: asked(nth).as_of,
            ..Default::default()
        };
        let request = room.peer.request(Some(&who), message).unwrap();
        let board = room
            .client()
            .get_dashboard(request)
            .await
            .unwrap()
            .into_inner();
        let fixed = expected
            .iter()
            .filter(|(_, state)| *state == "fixed")
            .count() as u64;
        assert_eq!(
            board.by_state.get("fixed").copied().unwrap_or_default(),
            fixed
        );
        let live = expected.len() as u64 - fixed;
        assert_eq!(
            board.by_severity.get("high").copied(),
            Some(live),
            "hour {nth}"
        );
    }
    let now = list(&room, &who, ListExposuresRequest::default())
        .await
        .unwrap();
    assert_eq!(states(&now), expected[3]);
    assert!(list(&room, &who, asked(-1)).await.unwrap().is_empty());
    let other = person(organization(), Role::Owner);
    assert!(list(&room, &other, asked(3)).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_past_is_paged_and_narrowed_and_refuses_what_is_known_of_today_alone() {
    let room = Room::open().await;
    let tenant = organization();
    let who = person(tenant, Role::Viewer);
    let ports: Vec<_> = (80..85).map(|port| (port, Settled::Present)).collect();
    room.tell(ended(told(tenant, "on_demand", &ports), 0)).await;
    let fixed: Vec<_> = (80..83).map(|port| (port, gone())).collect();
    room.tell(ended(told(tenant, "on_demand", &fixed), 1)).await;

    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let message = ListExposuresRequest {
            page: Some(PageRequest { cursor, limit: 2 }),
            ..asked(1)
        };
        let request = room.peer.request(Some(&who), message).unwrap();
        let answer = room
            .client()
            .list_exposures(request)
            .await
            .unwrap()
            .into_inner();
        seen.extend(answer.exposures);
        cursor = answer.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    let expected = [
        (80, "fixed"),
        (81, "fixed"),
        (82, "fixed"),
        (83, "open"),
        (84, "open"),
    ];
    assert_eq!(states(&seen), expected);
    for (filter, hours, count) in [
        ("state:fixed", 1, 3),
        ("state:fixed", 0, 0),
        ("port:81-83", 0, 3),
    ] {
        let message = ListExposuresRequest {
            filter: filter.to_owned(),
            ..asked(hours)
        };
        let listed = list(&room, &who, message).await.unwrap();
        assert_eq!(listed.len(), count, "{filter} at {hours}");
    }
    for message in [
        ListExposuresRequest {
            filter: "since:7d".to_owned(),
            ..asked(1)
        },
        ListExposuresRequest {
            decision: "accept_risk".to_owned(),
            ..asked(1)
        },
        ListExposuresRequest {
            sort: "score".to_owned(),
            ..asked(1)
        },
    ] {
        let refused = list(&room, &who, message).await.unwrap_err();
        assert_eq!(refused.code(), tonic::Code::InvalidArgument);
    }
}
